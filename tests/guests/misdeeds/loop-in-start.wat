;; Never gets as far as being called.
(func $begin (loop $again (br $again)))
(start $begin)
