"""What a command does from its options to its answer: each study composes corpora, models, experiments, laws and views."""
