;; Writes 6000 bytes to the log, for ever: a character of three bytes, with a line feed after each hundred.
(import "lucarne:edge/log@0.1.0" "log" (func $log (param i32 i32 i32)))
(func $act (param i32)
  (local $at i32)
  (local.set $at (i32.const 131072))
  (loop $next
    (i32.store (local.get $at) (i32.const 0x00ac82e2))
    (local.set $at (i32.add (local.get $at) (i32.const 3)))
    (br_if $next (i32.lt_u (local.get $at) (i32.const 137072))))
  (memory.fill (i32.const 131372) (i32.const 10) (i32.const 3))
  (loop $again
    (call $log (i32.const 1) (i32.const 131072) (i32.const 6000))
    (br $again)))
