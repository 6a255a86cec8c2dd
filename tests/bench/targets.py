"""What each row has to reach, in numbers: the bench judges, it does not hope.

Ratios are to nginx with the same settings in the same run.
"""

HANDSHAKE_RATIO = 0.75
HANDSHAKE_REMEMBERED_RATIO = 0.65
POST_RATIO = 1.05
DOWNLOAD_RATIO = 0.85
IDLE_KIB = 20
IDLE_MACHINE_GIB = 2.5
IDLE_CPU_PERCENT = 0.5  # shown as 0 % by any tool
CHECK_INS_A_SECOND = 5000
ENROLMENTS_A_SECOND = 500
REVOCATION_S = 1
# A page of so many computers.
LIST_MS = {10000: 100, 100000: 150}
AGENT_MIB = 15
AGENT_WAKE_UPS = 1
# A storm is as fast as the handshakes allow when coming back costs the server
# little more than them: the channel's opening may add half.
STORM_OVER_HANDSHAKES = 1.5
