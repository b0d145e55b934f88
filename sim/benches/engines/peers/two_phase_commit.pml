/* Two-phase commit, the same transition system as engine/examples/two_phase_commit.
 * One process per RM plus the TM, each a single-location loop, so a state is just the globals.
 * RM i is committed/aborted when bit i of com/abt is set, else prepared when bit i of sent is set. */
#ifndef N
#define N 5
#endif
#define ALL ((1<<N)-1)
#define B (1<<_pid)
short com, abt, sent, got;
byte tm;                 /* 0 init 1 committed 2 aborted */
bool cmsg, amsg;
active [N] proctype RM() {
end: do
  :: d_step { ((com|abt|sent) & B) == 0 -> sent = sent | B }
  :: d_step { ((com|abt|sent) & B) == 0 -> abt = abt | B; assert(com == 0 || abt == 0) }
  :: d_step { cmsg -> com = com | B; abt = abt & ~B; assert(com == 0 || abt == 0) }
  :: d_step { amsg -> abt = abt | B; com = com & ~B; assert(com == 0 || abt == 0) }
  od
}
active proctype TM() {
end: do
  :: d_step { tm == 0 && got == ALL -> tm = 1; cmsg = 1 }
  :: d_step { tm == 0 -> tm = 2; amsg = 1 }
  :: d_step { tm == 0 && (sent & 1) -> got = got | 1 }
  :: d_step { tm == 0 && (sent & 2) -> got = got | 2 }
  :: d_step { tm == 0 && (sent & 4) -> got = got | 4 }
#if N > 3
  :: d_step { tm == 0 && (sent & 8) -> got = got | 8 }
#endif
#if N > 4
  :: d_step { tm == 0 && (sent & 16) -> got = got | 16 }
#endif
#if N > 5
  :: d_step { tm == 0 && (sent & 32) -> got = got | 32 }
#endif
#if N > 6
  :: d_step { tm == 0 && (sent & 64) -> got = got | 64 }
#endif
#if N > 7
  :: d_step { tm == 0 && (sent & 128) -> got = got | 128 }
#endif
#if N > 8
  :: d_step { tm == 0 && (sent & 256) -> got = got | 256 }
#endif
#if N > 9
  :: d_step { tm == 0 && (sent & 512) -> got = got | 512 }
#endif
#if N > 10
  :: d_step { tm == 0 && (sent & 1024) -> got = got | 1024 }
#endif
  od
}
