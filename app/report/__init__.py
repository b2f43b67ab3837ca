"""A report as one HTML file: scores, curve, confusions, and pictures of best and worst."""

from app.report.content import Judged, Report, report_steps

__all__ = ["Judged", "Report", "report_steps"]
