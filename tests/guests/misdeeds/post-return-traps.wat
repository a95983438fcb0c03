;; Gives a good answer, and panics when it may clean up.
(func $after unreachable)
