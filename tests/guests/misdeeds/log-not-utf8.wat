;; Writes bytes to the log that are no text.
(import "lucarne:edge/log@0.1.0" "log" (func $log (param i32 i32 i32)))
(func $act (param i32)
  (i32.store (i32.const 8192) (i32.const -1))
  (call $log (i32.const 1) (i32.const 8192) (i32.const 4)))
