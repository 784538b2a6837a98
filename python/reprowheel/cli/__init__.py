"""The command line: one module per verb. Only here is argparse imported."""
