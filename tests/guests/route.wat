;; A router that passes every request on as it is. The functions without content are where a misdeed is put: a field
;; of the misdeed's file takes the place of the field of the same name here.
(import "lucarne:edge/http@0.1.0" "[method]request.path" (func $path (param i32 i32)))
(import "lucarne:edge/http@0.1.0" "[resource-drop]request" (func $drop (param i32)))
(memory $memory (export "memory") 4)
(global $heap (mut i32) (i32.const 16384))
(data (i32.const 2048) "x-field")
(data (i32.const 2064) "/photo.jpg")
(data (i32.const 2080) "connection")
(data (i32.const 2096) "content-length")
(data (i32.const 2112) "transfer-encoding")

(func $realloc (export "cabi_realloc") (param $old i32) (param $size i32) (param $align i32) (param $new i32) (result i32)
  (local $at i32)
  (local.set $at (i32.and (i32.add (global.get $heap) (i32.const 15)) (i32.const -16)))
  (global.set $heap (i32.add (local.get $at) (local.get $new)))
  (local.get $at))

;; Before the answer is written.
(func $act (param $request i32))
;; When it is written.
(func $spoil (param $answer i32))
;; Where it is said to be.
(func $where (result i32) (i32.const 1024))
;; When the host has read it.
(func $after)

(func $route (export "route") (param $request i32) (result i32)
  (call $path (local.get $request) (i32.const 512))
  (call $act (local.get $request))
  (i32.store offset=16 (i32.const 1024) (i32.load (i32.const 512)))
  (i32.store offset=20 (i32.const 1024) (i32.load (i32.const 516)))
  (call $spoil (i32.const 1024))
  (call $drop (local.get $request))
  (call $where))
(func $post (export "cabi_post_route") (param i32) (call $after))

;; Makes the answer a reply.
(func $reply (param $answer i32) (param $status i32)
  (memory.fill (local.get $answer) (i32.const 0) (i32.const 80))
  (i32.store8 offset=8 (local.get $answer) (i32.const 2))
  (i32.store16 offset=16 (local.get $answer) (local.get $status)))

;; Gives the reply so many fields, whose names have seven bytes and whose values so many.
(func $fields (param $answer i32) (param $count i32) (param $bytes i32)
  (local $at i32)
  (local.set $at (i32.const 65536))
  (i32.store offset=20 (local.get $answer) (local.get $at))
  (i32.store offset=24 (local.get $answer) (local.get $count))
  (memory.fill (i32.const 131072) (i32.const 97) (local.get $bytes))
  (block $done (loop $next
    (br_if $done (i32.eqz (local.get $count)))
    (i32.store (local.get $at) (i32.const 2048))
    (i32.store offset=4 (local.get $at) (i32.const 7))
    (i32.store offset=8 (local.get $at) (i32.const 131072))
    (i32.store offset=12 (local.get $at) (local.get $bytes))
    (local.set $at (i32.add (local.get $at) (i32.const 16)))
    (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    (br $next))))

;; Makes the answer a picture 20 pixels wide: one step, at 4096.
(func $image (param $answer i32)
  (memory.fill (local.get $answer) (i32.const 0) (i32.const 80))
  (i32.store8 offset=8 (local.get $answer) (i32.const 1))
  (i32.store offset=16 (local.get $answer) (i32.const 2064))
  (i32.store offset=20 (local.get $answer) (i32.const 10))
  (i32.store offset=40 (local.get $answer) (i32.const 4096))
  (i32.store offset=44 (local.get $answer) (i32.const 1))
  (i32.store8 (i32.const 4096) (i32.const 1))
  (i32.store8 offset=4 (i32.const 4096) (i32.const 1))
  (i32.store offset=12 (i32.const 4096) (i32.const 20)))

;; So many steps at 4096, each as the first.
(func $steps (param $count i32)
  (local $at i32)
  (local.set $at (i32.const 4096))
  (loop $next
    (local.set $at (i32.add (local.get $at) (i32.const 44)))
    (memory.copy (local.get $at) (i32.const 4096) (i32.const 44))
    (local.set $count (i32.sub (local.get $count) (i32.const 1)))
    (br_if $next (local.get $count))))
