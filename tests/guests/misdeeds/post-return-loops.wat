;; Gives a good answer, and never ends cleaning up.
(func $after (loop $again (br $again)))
