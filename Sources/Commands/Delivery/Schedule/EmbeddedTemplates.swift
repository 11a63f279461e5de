// swift-format-ignore-file
// Written by embed.sh from systemd/ and launchd/: change those files, not this one.

/// The templates as they were when the program was built, by their path in the repository.
let embeddedTemplates: [String: String] = [
  "systemd/system/ccr-audit-ingest.service": ##"""
[Unit]
Description=Read the model router's logs before it deletes them

[Service]
Type=oneshot
ExecStart=@PROGRAM@ ingest@OPTIONS@
TimeoutStartSec=10min
UMask=0077
# A crash report would show bytes of what was being read.
Environment=SWIFT_BACKTRACE=enable=no

# Out of the way of people at work.
Nice=10
IOSchedulingClass=idle

# A user that exists only while this runs, and keeps /var/lib/ccr-audit. To read logs of mode 0640, it joins their
# group. The credential is handed over by systemd; it stands in no unit file.
DynamicUser=yes
User=ccr-audit
SupplementaryGroups=@GROUP@
StateDirectory=ccr-audit
StateDirectoryMode=0700
LoadCredential=slack-webhook-url:@CREDENTIAL@

NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths=@WRITABLE@
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
CapabilityBoundingSet=
LockPersonality=yes
MemoryDenyWriteExecute=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictNamespaces=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM

"""##,
  "systemd/system/ccr-audit-run.service": ##"""
[Unit]
Description=Audit yesterday's model routing

[Service]
Type=oneshot
ExecStart=@PROGRAM@ run@OPTIONS@
TimeoutStartSec=1h
UMask=0077
# A crash report would show bytes of what was being read.
Environment=SWIFT_BACKTRACE=enable=no

# Out of the way of people at work.
Nice=10
IOSchedulingClass=idle

# A user that exists only while this runs, and keeps /var/lib/ccr-audit. To read logs of mode 0640, it joins their
# group. The credential is handed over by systemd; it stands in no unit file.
DynamicUser=yes
User=ccr-audit
SupplementaryGroups=@GROUP@
StateDirectory=ccr-audit
StateDirectoryMode=0700
LoadCredential=slack-webhook-url:@CREDENTIAL@

NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=read-only
ReadWritePaths=@WRITABLE@
PrivateTmp=yes
PrivateDevices=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
ProtectProc=invisible
CapabilityBoundingSet=
LockPersonality=yes
MemoryDenyWriteExecute=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictNamespaces=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM

"""##,
  "systemd/user/ccr-audit-ingest.service": ##"""
[Unit]
Description=Read the model router's logs before it deletes them

[Service]
Type=oneshot
ExecStart=@PROGRAM@ ingest@OPTIONS@
TimeoutStartSec=10min
UMask=0077
# A crash report would show bytes of what was being read.
Environment=SWIFT_BACKTRACE=enable=no

# Out of the way of people at work.
Nice=10
IOSchedulingClass=idle

# What a user unit may give up. Before systemd 254, and where the kernel gives users no namespaces of their own, the
# lines about files are without effect; the unit runs all the same.
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths=@WRITABLE@
PrivateTmp=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictNamespaces=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM

"""##,
  "systemd/user/ccr-audit-run.service": ##"""
[Unit]
Description=Audit yesterday's model routing

[Service]
Type=oneshot
ExecStart=@PROGRAM@ run@OPTIONS@
TimeoutStartSec=1h
UMask=0077
# A crash report would show bytes of what was being read.
Environment=SWIFT_BACKTRACE=enable=no

# Out of the way of people at work.
Nice=10
IOSchedulingClass=idle

# What a user unit may give up. Before systemd 254, and where the kernel gives users no namespaces of their own, the
# lines about files are without effect; the unit runs all the same.
NoNewPrivileges=yes
ProtectSystem=strict
ReadWritePaths=@WRITABLE@
PrivateTmp=yes
LockPersonality=yes
MemoryDenyWriteExecute=yes
RestrictRealtime=yes
RestrictSUIDSGID=yes
RestrictNamespaces=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallErrorNumber=EPERM

"""##,
  "systemd/system/ccr-audit-ingest.timer": ##"""
[Unit]
Description=Read the model router's logs every 15 minutes

[Timer]
OnCalendar=*:0/15
# At midnight the router deletes rotated logs beyond 50 MB at once: what came since 23:45 would be lost.
OnCalendar=23:59
# The default, a minute, could move the run of 23:59 past midnight.
AccuracySec=5s
Persistent=yes

[Install]
WantedBy=timers.target

"""##,
  "systemd/system/ccr-audit-run.timer": ##"""
[Unit]
Description=Audit yesterday's model routing after midnight

[Timer]
OnCalendar=00:05
AccuracySec=1min
# A machine that was off or asleep at that time does it when it is back.
Persistent=yes

[Install]
WantedBy=timers.target

"""##,
  "systemd/user/ccr-audit-ingest.timer": ##"""
[Unit]
Description=Read the model router's logs every 15 minutes

[Timer]
OnCalendar=*:0/15
# At midnight the router deletes rotated logs beyond 50 MB at once: what came since 23:45 would be lost.
OnCalendar=23:59
# The default, a minute, could move the run of 23:59 past midnight.
AccuracySec=5s
Persistent=yes

[Install]
WantedBy=timers.target

"""##,
  "systemd/user/ccr-audit-run.timer": ##"""
[Unit]
Description=Audit yesterday's model routing after midnight

[Timer]
OnCalendar=00:05
AccuracySec=1min
# A machine that was off or asleep at that time does it when it is back.
Persistent=yes

[Install]
WantedBy=timers.target

"""##,
  "launchd/ccr-audit.ingest.plist": ##"""
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>ccr-audit.ingest</string>
  <key>ProgramArguments</key>
  <array>
    <string>@PROGRAM@</string>
    <string>ingest</string>
@OPTIONS@
  </array>
  <!-- Every 15 minutes, and just before midnight, when the router deletes rotated logs beyond 50 MB at once. -->
  <key>RunAtLoad</key>
  <true/>
  <key>StartInterval</key>
  <integer>900</integer>
  <key>StartCalendarInterval</key>
  <dict>
    <key>Hour</key>
    <integer>23</integer>
    <key>Minute</key>
    <integer>59</integer>
  </dict>
  <!-- A crash report would show bytes of what was being read. -->
  <key>EnvironmentVariables</key>
  <dict>
    <key>SWIFT_BACKTRACE</key>
    <string>enable=no</string>
  </dict>
  <key>ProcessType</key>
  <string>Background</string>
  <key>LowPriorityIO</key>
  <true/>
  <key>Nice</key>
  <integer>10</integer>
  <key>Umask</key>
  <integer>63</integer>
  <key>StandardOutPath</key>
  <string>@LOGS@/ccr-audit.ingest.log</string>
  <key>StandardErrorPath</key>
  <string>@LOGS@/ccr-audit.ingest.log</string>
</dict>
</plist>

"""##,
  "launchd/ccr-audit.run.plist": ##"""
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
  <key>Label</key>
  <string>ccr-audit.run</string>
  <key>ProgramArguments</key>
  <array>
    <string>@PROGRAM@</string>
    <string>run</string>
@OPTIONS@
  </array>
  <!-- After local midnight; a Mac that sleeps then does it when it wakes. -->
  <key>StartCalendarInterval</key>
  <dict>
    <key>Hour</key>
    <integer>0</integer>
    <key>Minute</key>
    <integer>5</integer>
  </dict>
  <!-- A crash report would show bytes of what was being read. -->
  <key>EnvironmentVariables</key>
  <dict>
    <key>SWIFT_BACKTRACE</key>
    <string>enable=no</string>
  </dict>
  <key>ProcessType</key>
  <string>Background</string>
  <key>LowPriorityIO</key>
  <true/>
  <key>Nice</key>
  <integer>10</integer>
  <key>Umask</key>
  <integer>63</integer>
  <key>StandardOutPath</key>
  <string>@LOGS@/ccr-audit.run.log</string>
  <key>StandardErrorPath</key>
  <string>@LOGS@/ccr-audit.run.log</string>
</dict>
</plist>

"""##,
]
