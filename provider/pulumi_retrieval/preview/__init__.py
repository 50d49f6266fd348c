"""Collects the rejections of all resources while a preview runs, and reports them together at its end."""
