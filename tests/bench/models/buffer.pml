/* The bounded buffer for SPIN: one lock, conditions, `while` loops, notify-one; any of the waiters may be woken.

   -DP, -DC, -DN, -DK  producers of N items each, consumers that share them all, capacity
   -DONE               one condition for both kinds of waiter, instead of one each (the fault)
   -DENDLESS           threads that loop for ever (N is ignored)
   -DFINE              lock, test, wait, change, notify and unlock as steps of their own; without it a critical
                       section is one step, by hand: waking and looking again is then the same as looking for the
                       first time, as nothing happens in between */

#define THREADS (P + C)
#define ROOM 1
#ifdef ONE
#define ITEM ROOM
#else
#define ITEM 2
#endif

#ifdef ENDLESS
#define COUNT skip
#define TO_PUT 1
#define TO_GET 1
#else
#define COUNT left--; if :: left == 0 -> goto end_all :: else fi
#define TO_PUT N
#define TO_GET ((P * N) / C + (_pid - P < (P * N) % C))
#endif

byte buffered = 0;      /* items in the buffer */
byte waits[THREADS];    /* what each thread sleeps for, if it sleeps */
byte sleepers[3];       /* how many sleep for that */
byte at, others;        /* used inside one atomic step only, else zero */

inline wait_for(what) {
  waits[_pid] = what; sleepers[what]++
}

/* Wake one of those who wait for it, whichever, if there is one. */
inline notify(what) {
  at = 0; others = sleepers[what];
  do
  :: others == 0 -> break
  :: others > 0 && waits[at] != what -> at++
  :: others > 0 && waits[at] == what -> waits[at] = 0; sleepers[what]--; break
  :: others > 1 && waits[at] == what -> others--; at++
  od;
  at = 0; others = 0
}

#ifdef FINE

bool held = false;

#define CALL(test, change, what, other) \
  atomic { !held -> held = true }; \
  do \
  :: test -> break \
  :: else -> \
       atomic { wait_for(what); held = false }; \
       atomic { waits[_pid] == 0 && !held -> held = true } \
  od; \
  change; \
  atomic { notify(other) }; \
  atomic { held = false; COUNT }

#else

#define CALL(test, change, what, other) \
  atomic { \
    waits[_pid] == 0 -> \
    if \
    :: test -> change; notify(other); COUNT \
    :: else -> wait_for(what) \
    fi \
  }

#endif

/* Who has put or got its share stays at `end_all`, where it is right to be in the end. */

active [P] proctype producer() {
  byte left = TO_PUT;
  do
  :: CALL(buffered < K, buffered++, ROOM, ITEM)
  od;
end_all:
  false
}

active [C] proctype consumer() {
  byte left = TO_GET;
  do
  :: CALL(buffered > 0, buffered--, ITEM, ROOM)
  od;
end_all:
  false
}
