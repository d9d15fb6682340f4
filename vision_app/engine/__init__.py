"""How models are run: loading, chains of stages, tracking, the pipeline."""
