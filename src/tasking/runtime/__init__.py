"""Where the product runs: settings, one process on a shell, or Airflow."""
