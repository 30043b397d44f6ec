"""What the sources say about evaluations, by example."""

import pytest

from hydra_recipes import check, compose
from support.facts import each, rows, told

ARN = "arn:aws:lambda:us-east-1:123456789012:function:reward"
SERVER = "mlflow_tracking_uri=arn:aws:sagemaker:{}:123456789012:mlflow-tracking-server/x"
BASE = "method=evaluation data_s3_path="
IMAGES = "evaluation=general-multi-modal-benchmark"
TASKS = {  # the choices: task, strategy, metric, and whether it may have a subtask
    f"{BASE} benchmark=mmlu": ("mmlu", "zs_cot", "accuracy", True),
    f"{BASE} benchmark=bbh": ("bbh", "zs_cot", "accuracy", True),
    f"{BASE} benchmark=humaneval": ("humaneval", "zs", "pass@1", False),
    f"{BASE} benchmark=mmlu_pro": ("mmlu_pro", "zs_cot", "accuracy", False),
    f"{BASE} benchmark=gpqa": ("gpqa", "zs_cot", "accuracy", False),
    f"{BASE} benchmark=math": ("math", "zs_cot", "exact_match", True),
    f"{BASE} benchmark=strong_reject": ("strong_reject", "zs", "deflection", True),
    f"{BASE} benchmark=ifeval": ("IFEval", "zs", "accuracy", False),
    f"{BASE} model=nova-lite {IMAGES}": ("mmmu", "zs_cot", "accuracy", True),
    f"method=evaluation model=nova-pro {IMAGES} benchmark=mm_llm_judge": (
        *("mm_llm_judge", "judge", "all"),
        False,
    ),
    "method=evaluation evaluation=bring-your-own-dataset": ("gen_qa", "gen_qa", "all", False),
    "method=evaluation evaluation=llm-judge": ("llm_judge", "judge", "all", False),
    "method=evaluation model=nova-2-lite evaluation=rubric-llm-judge": (
        *("rubric_llm_judge", "judge", "all"),
        False,
    ),
    "method=evaluation model=nova-2-lite evaluation=rft rl_env.reward_lambda_arn=" + ARN: (
        *("rft_eval", "rft_eval", "all"),
        False,
    ),
}
OWN = "method=evaluation evaluation=bring-your-own-dataset"
RFT = f"method=evaluation evaluation=rft model_name_or_path=nova-micro/prod reward_lambda_arn={ARN}"
TWO = "model=nova-2-lite"
JOB = "platform=training-job"
G = "g5-12x g5-24x g6-12x g6-24x"
FINE = [
    *TASKS,
    RFT,
    f"{BASE} model_name_or_path=s3://acme/job-1/outputs/checkpoints",
    *(f"{words} subtask=x" for words in TASKS if TASKS[words][3]),
    f"{BASE} benchmark=ifeval task=ifeval",
    *each(BASE + " max_new_tokens={}", "0 100000"),
    *each(f"{BASE} {TWO} max_new_tokens={{}}", "0 32768"),
    *each(BASE + " top_p={}", "0 1"),
    *each(BASE + " temperature={}", "0 2"),
    *each(BASE + " top_logprobs={}", "0 20"),
    *each(BASE + " top_k={}", "-1 0 1000"),
    *each(f"{BASE} {TWO} reasoning_effort={{}}", "null low high"),
    *each(OWN + " lambda_type={}", "rft custom_metrics"),
    *each(OWN + " aggregation={}", "average min max sum"),
    *each(f"{OWN} {TWO} preset_reward_function={{}}", "'' prime_math prime_code"),
    f"{OWN} lambda_arn={ARN}",
    f"{OWN} lambda_arn={ARN} {SERVER.format('us-east-1')}",
    f"{OWN} {SERVER.format('eu-west-1')}",
    f"{RFT} {SERVER.format('us-east-1')}",
    f"{OWN} {JOB} data_s3_path=",
    f"{OWN} {JOB} data_s3_path= run.replicas=2",
    f"{BASE} {JOB}",
    *each(BASE + " hardware={}", f"p5 {G}"),
    *each(BASE + " model=nova-lite hardware={}", f"p5 {G} g6-48x"),
    f"{BASE} model=nova-pro",
    *each(f"{BASE} {TWO} hardware={{}}", "p5 p4d"),
]
TOLD = [
    *(
        (f"{words} {key}={other}", "error", None)
        for words, right in TASKS.items()
        for key, value, others in (
            ("task", right[0], ("mmlu", "gen_qa", "MMLU", "''")),
            ("strategy", right[1], ("zs", "zs_cot", "judge", "gen_qa", "cot")),
            ("metric", right[2], ("accuracy", "all", "exact_match", "deflection", "pass@1")),
        )
        for other in others
        if other != value
    ),
    (f"{BASE} benchmark=bbh strategy=fs_cot", "warning", "strategy-bbh-usual"),
    *((f"{words} +subtask=x", "error", "no-subtask") for words in TASKS if not TASKS[words][3]),
    *rows("error", "answers", *each(BASE + " max_new_tokens={}", "-1 100001")),
    *rows("error", "answers-nova-2", f"{BASE} {TWO} max_new_tokens=32769"),
    *rows("error", "answers", *each(BASE + " top_p={}", "-0.1 1.1")),
    *rows("error", "answers", *each(BASE + " temperature={}", "-0.1 2.1")),
    *rows("error", "answers", *each(BASE + " top_logprobs={}", "-1 21")),
    *rows("error", "answers", f"{BASE} top_k=-2"),
    *rows("error", "answers-nova-2", f"{BASE} {TWO} reasoning_effort=medium"),
    *rows("error", "unknown-key", f"{BASE} +inference.reasoning_effort=low"),
    *rows("error", "processor", *each(OWN + " lambda_type={}", "reward ''")),
    *rows("error", "processor", *each(OWN + " aggregation={}", "mean median")),
    *rows("error", "preset-reward", f"{OWN} {TWO} preset_reward_function=prime"),
    *rows("error", "unknown-key", f"{OWN} +processor.preset_reward_function=prime_math"),
    *rows("error", "evaluated-reward-arn", *each(OWN + " lambda_arn={}", f"x {ARN}/x")),
    (RFT.replace("us-east-1", "us-east1"), "error", "evaluated-reward-arn-region"),
    *rows("incomplete", "processor-set", OWN + " lambda_arn='<arn>'"),
    *rows("error", "evaluated-reward-arn", RFT.replace("123456789012", "1234")),
    *rows("incomplete", "evaluated-reward-set", RFT.replace(ARN, ""), RFT.replace(ARN, "'<arn>'")),
    *rows("incomplete", "evaluated-reward-set", RFT.replace(f"reward_lambda_arn={ARN}", "")),
    *rows("error", "evaluated-reward-region", f"{RFT} {SERVER.format('us-west-2')}"),
    (f"{OWN} lambda_arn={ARN} {SERVER.format('ap-east-1')}", "error", "evaluated-reward-region"),
    *rows("error", "evaluation-replicas", f"{BASE} run.replicas=2", f"{RFT} run.replicas=0"),
    *rows("incomplete", "own-data-set", *each("{} data_s3_path=", "")),
    (f"{OWN} data_s3_path=", "incomplete", "own-data-set"),
    (f"{RFT} data_s3_path=", "incomplete", "own-data-set"),
    (f"{OWN} ~data_s3_path", "incomplete", "own-data-set"),
    ("method=evaluation evaluation=llm-judge data_s3_path=", "incomplete", "own-data-set"),
    (
        f"{BASE} model=nova-lite {IMAGES} benchmark=mm_llm_judge",
        *("incomplete", "own-images-set"),
    ),
    ("method=evaluation", "warning", "benchmark-data"),
    (f"{OWN} {JOB} data_s3_path=s3://acme/x", "warning", "training-job-paths-elsewhere"),
    (f"{OWN} data_s3_path=mine.jsonl", "error", "s3-paths"),
    (f"{OWN} data_s3_path=s3://my-bucket-name/x", "incomplete", "placeholders-elsewhere"),
    (f"{BASE} model_name_or_path=nova-lite/prod", "error", "nova-micro-weights"),
    *rows("error", "offer", f"{BASE} model=nova-pro hardware=p4d", f"{BASE} {TWO} hardware=g5-12x"),
    *rows("error", "offer", f"{BASE} hardware=g6-48x", f"{OWN} evaluation=rubric-llm-judge"),
]


@pytest.mark.parametrize("words", FINE)
def test_what_a_source_documents_is_fine(words):
    assert told(words) == set()


@pytest.mark.parametrize(("words", "severity", "rule"), TOLD)
def test_what_sources_say_is_told(words, severity, rule):
    found = told(words)
    assert severity in {grave for grave, _ in found}
    assert rule is None or (severity, rule) in found
    assert severity == "error" or "error" not in {grave for grave, _ in found}


@pytest.mark.parametrize(("words", "right"), TASKS.items())
def test_what_belongs_to_a_task_is_what_to_type(words, right):
    for key, value in zip(("strategy", "metric"), right[1:3], strict=True):
        report = check(compose([*words.split(), f"{key}=x"]))
        (hint,) = {finding.hint for finding in report.findings if finding.severity == "error"}
        assert hint == f"{key}={value}"


@pytest.mark.parametrize(("words", "right"), TASKS.items())
def test_the_task_tells_what_is_evaluated(words, right):
    recipe = compose(words.split())
    told_of = check(recipe.resolved()).choices
    groups = ("method", "model", "evaluation", "benchmark", "generation")
    assert {group: told_of[group] for group in groups} == {
        group: recipe.choices[group] for group in groups
    }


@pytest.mark.parametrize("task", ["mmmu", "mm_llm_judge"])
def test_images_on_micro_are_not_offered(recipe, tmp_path, task):
    text = compose(["method=evaluation"]).to_yaml()
    (tmp_path / "a.yaml").write_text(text.replace("task: mmlu", f"task: {task}"))
    ran = recipe("check", "a.yaml")
    assert ran.status == 1
    assert "is not offered" in ran.out
    assert "try: task=mmlu\n" in ran.out
