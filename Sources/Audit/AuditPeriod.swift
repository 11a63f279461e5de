package import Foundation
package import Model

/// Days, both ends inclusive, in a time zone.
package struct AuditPeriod: Hashable, Sendable {
  package var since: CivilDay
  package var until: CivilDay
  /// Whose clock tells where days begin.
  package var timeZone: TimeZone

  package init(since: CivilDay, until: CivilDay, timeZone: TimeZone) {
    self.since = since
    self.until = until
    self.timeZone = timeZone
  }

  /// The zone's usual name.
  package var zoneName: String { timeZone.ianaName }

  /// Whether its last day is over.
  func hasEnded(at now: Int64) -> Bool { now >= until.advanced(by: 1).start(in: timeZone) }

  /// The instant up to which the period has been seen: its end, or the present where that is earlier.
  func seen(at now: Int64) -> Int64 { min(now, until.advanced(by: 1).start(in: timeZone)) }
}
