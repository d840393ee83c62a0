"""The jobs that wire the cube and the analysis together; `full_run` is the main one."""
