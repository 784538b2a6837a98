"""Why a Bazel cache missed: two execution logs are read and compared, and every difference is traced to where it began.

`read.read_log` → `model.Log`; `analysis.Analysis(a, b)` → `report.report_dict`, `text.report_text`, `page.report_page`.
Manual: docs/execlog.md.
"""
