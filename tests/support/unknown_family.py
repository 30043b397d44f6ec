"""A recipe of a family that the library doesn't know."""

NEW_FAMILY = """
run: {name: x, model_type: y, model_name_or_path: z, replicas: 4}
training_config:
  sampling: {count: 4, temperature: 1.0, max_tokens: 100, top_p: 1.0}
  reward: {kind: lambda, arn: "arn:aws:lambda:x"}
"""
