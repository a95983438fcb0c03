;; Never comes back.
(func $act (param i32) (loop $again (br $again)))
