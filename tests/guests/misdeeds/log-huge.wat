;; Writes one line of 40 MiB to the log, or of as much memory as it gets.
(import "lucarne:edge/log@0.1.0" "log" (func $log (param i32 i32 i32)))
(func $act (param i32)
  (drop (memory.grow (i32.const 640)))
  (call $log (i32.const 1) (i32.const 0) (i32.mul (i32.const 640) (i32.const 65536))))
