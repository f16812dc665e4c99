"""gunicorn's processes as Portal runs them: below a parent that stays small, in generations that share what is loaded.

* `parent` opens the port, watches and replaces processes, and loads nothing; only small modules of the standard library
  may be imported there (`tests/cli/test_serving.py` weighs it).
* `loading` is the fork in between: a process that loads the portal, forks those who serve from it, and leaves.
* `generation` is what happens in it: gunicorn configured, the portal loaded, requests rehearsed.
* `shared` is what they all have in common: the port, heartbeats, the pipes that wake them.
* `worker` is one process that serves.
"""
