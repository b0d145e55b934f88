------------------------------- MODULE TwoPC -------------------------------
\* Two-phase commit, the same transition system as engine/examples/two_phase_commit;
\* after TwoPhase.tla of tlaplus/Examples (Gray and Lamport).
EXTENDS TLC, FiniteSets
CONSTANT RM
VARIABLES rm, tm, got, net
vars == <<rm, tm, got, net>>
Sym == Permutations(RM)
P(r) == [type |-> "Prepared", rm |-> r]
C == [type |-> "Commit"]
A == [type |-> "Abort"]
Init == rm = [r \in RM |-> "working"] /\ tm = "init" /\ got = {} /\ net = {}
TMRcv(r) == tm = "init" /\ P(r) \in net /\ got' = got \cup {r} /\ UNCHANGED <<rm, tm, net>>
TMCommit == tm = "init" /\ got = RM /\ tm' = "committed" /\ net' = net \cup {C} /\ UNCHANGED <<rm, got>>
TMAbort  == tm = "init" /\ tm' = "aborted" /\ net' = net \cup {A} /\ UNCHANGED <<rm, got>>
Prepare(r) == rm[r] = "working" /\ rm' = [rm EXCEPT ![r] = "prepared"] /\ net' = net \cup {P(r)} /\ UNCHANGED <<tm, got>>
Choose(r)  == rm[r] = "working" /\ rm' = [rm EXCEPT ![r] = "aborted"] /\ UNCHANGED <<tm, got, net>>
RcvC(r) == C \in net /\ rm' = [rm EXCEPT ![r] = "committed"] /\ UNCHANGED <<tm, got, net>>
RcvA(r) == A \in net /\ rm' = [rm EXCEPT ![r] = "aborted"] /\ UNCHANGED <<tm, got, net>>
Next == TMCommit \/ TMAbort \/ \E r \in RM : TMRcv(r) \/ Prepare(r) \/ Choose(r) \/ RcvC(r) \/ RcvA(r)
Spec == Init /\ [][Next]_vars
Consistent == \A a, b \in RM : ~(rm[a] = "aborted" /\ rm[b] = "committed")
=============================================================================
