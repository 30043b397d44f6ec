"""The shapes of recipes, for the oracle: what keys there are, and what they hold.

A key has (type, whether it must be there), or (mapping, whether it must be there).
"""


def must(what):
    return (what, True)


def may(what):
    return (what, False)


MIX = {
    "dataset_catalog": may("text"),
    "sources": may(
        {
            "customer_data": may({"percent": may("number")}),
            "nova_data": may("numbers by name"),
        }
    ),
}

ROOT = {  # what HyperPod's schema takes at the root of any recipe
    "display_name": may("text"),
    "version": may("anything"),
    "versions": may("anything"),
    "recipe_version": may("anything"),
    "instance_types": may("texts"),
    "skip_recipe_validation": may("flag"),
    "data_mixing": may(MIX),
}

RUN = {
    "name": must("text"),
    "model_type": must("text"),
    "model_name_or_path": must("text"),
    "replicas": must("whole"),
    "data_s3_path": may("text"),
    "validation_data_s3_path": may("text"),
    "output_s3_path": may("text"),
    "mlflow_tracking_uri": may("text"),
    "mlflow_experiment_name": may("text"),
    "mlflow_run_name": may("text"),
}

SHAPE_1 = {
    **ROOT,
    "run": must(RUN),
    "training_config": must(
        {
            "data_mixing": may(MIX),
            "max_length": must("whole"),
            "save_steps": may("whole"),
            "replicas": may("whole"),
            "micro_batch_size": may("whole"),
            "task_type": may("text"),
            "global_batch_size": may("whole"),
            "weights_only": may("flag"),
            "allow_percentage_invalid_samples": may("whole"),
            "exp_manager": may(
                {
                    "exp_dir": may("text or null"),
                    "create_wandb_logger": may("flag"),
                    "create_tensorboard_logger": may("flag"),
                    "project": may("text or null"),
                    "name": may("text or null"),
                    "checkpoint_callback_params": may(
                        {
                            "monitor": may("text"),
                            "save_top_k": may("whole"),
                            "mode": may("text"),
                            "every_n_train_steps": may("whole"),
                            "save_last": may("flag"),
                        }
                    ),
                    "create_early_stopping_callback": may("flag"),
                    "early_stopping_callback_params": may(
                        {
                            "min_delta": may("number"),
                            "mode": may("text"),
                            "monitor": may("text"),
                            "patience": may("whole"),
                        }
                    ),
                }
            ),
            "trainer": must(
                {
                    "log_every_n_steps": may("whole"),
                    "max_epochs": may("whole"),
                    "max_steps": may("whole"),
                    "val_check_interval": may("whole"),
                    "limit_test_batches": may("whole"),
                    "gradient_clip_val": may("number"),
                    "num_nodes": may("whole"),
                }
            ),
            "model": must(
                {
                    "hidden_dropout": must("number"),
                    "attention_dropout": must("number"),
                    "ffn_dropout": must("number"),
                    "sequence_parallel": may("flag"),
                    "optim": must(
                        {
                            "lr": must("number"),
                            "name": must("text"),
                            "bucket_cap_mb": may("whole"),
                            "contiguous_grad_buffer": may("flag"),
                            "overlap_param_sync": may("flag"),
                            "contiguous_param_buffer": may("flag"),
                            "overlap_grad_sync": may("flag"),
                            "adam_w_mode": must("flag"),
                            "eps": must("number"),
                            "weight_decay": must("number"),
                            "betas": must("numbers"),
                            "sched": must(
                                {
                                    "name": may("text"),
                                    "warmup_steps": must("whole"),
                                    "constant_steps": must("whole"),
                                    "min_lr": must("number"),
                                }
                            ),
                        }
                    ),
                    "mm_cfg": may(
                        {
                            "llm": may({"freeze": may("flag")}),
                            "image_projector": may(
                                {"freeze": may("flag"), "require_newline": may("flag")}
                            ),
                            "video_projector": may(
                                {"freeze": may("flag"), "require_newline": may("flag")}
                            ),
                        }
                    ),
                    "peft": must(
                        {
                            "peft_scheme": must("text or null"),
                            "lora_tuning": may(
                                {
                                    "loraplus_lr_ratio": must("number"),
                                    "alpha": must("whole"),
                                    "adapter_dropout": must("number"),
                                }
                            ),
                        }
                    ),
                    "training_validation": may(
                        {
                            "loader": may(
                                {
                                    "args": may(
                                        {
                                            "data_loader_workers": may("whole"),
                                            "prefetch_factor": may("whole"),
                                        }
                                    )
                                }
                            ),
                            "collator": may(
                                {"args": may({"force_image_at_turn_beginning": may("flag")})}
                            ),
                        }
                    ),
                }
            ),
        }
    ),
}

SHAPE_2 = {
    **ROOT,
    "run": must({**RUN, "validation_data_s3_path_list": may("mapping")}),
    "training_config": must(
        {
            "max_steps": must("whole"),
            "save_steps": may("whole"),
            "save_top_k": may("whole"),
            "data_mixing": may(MIX),
            "max_length": must("whole"),
            "global_batch_size": may("whole"),
            "reasoning_enabled": may("flag"),
            "val_check_interval": may("whole"),
            "limit_val_batches": may("whole"),
            "lr_scheduler": must({"warmup_steps": must("whole"), "min_lr": must("number")}),
            "optim_config": must(
                {
                    "lr": must("number"),
                    "weight_decay": must("number"),
                    "adam_beta1": may("number"),
                    "adam_beta2": may("number"),
                }
            ),
            "peft": must(
                {
                    "peft_scheme": must("text or null"),
                    "lora_tuning": may(
                        {"alpha": must("whole"), "lora_plus_lr_ratio": must("number")}
                    ),
                }
            ),
            "model_importance_score": may({"fine_tuned_model": must("number")}),
        }
    ),
}
