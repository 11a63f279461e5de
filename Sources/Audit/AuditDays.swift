package import Model

/// Which days a daily run has to look at: those that no run has finished, and the finished ones whose requests may have
/// changed since.
package struct AuditDays: Hashable, Sendable {
  /// The days to audit, oldest first. The last one is yesterday.
  package var due: [CivilDay]
  /// The other days within reach, once a run has begun any: their history is compared with the ledger.
  package var finished: [CivilDay]
  /// Days without any run that are out of reach.
  package var lost: ClosedRange<CivilDay>?

  /// For how many days an audit that was finished may still tell people of something new.
  package static let alertDays = 7

  /// - Parameters:
  ///   - today: by the clock, which may be wrong: days from today on never count as audited.
  ///   - audited: the days that runs have begun, and whether one was finished.
  ///   - reach: how many days before today are looked at; yesterday always is.
  package init(today: CivilDay, audited: [CivilDay: Bool], reach: Int) {
    let yesterday = today.advanced(by: -1)
    let first = today.advanced(by: -max(1, reach))
    let past = audited.filter { $0.key < today }
    // The first run audits yesterday and nothing before it.
    let begun = past.keys.min() ?? yesterday
    let window = (max(first, begun).number...max(yesterday.number, max(first, begun).number)).map(CivilDay.init)
    due = window.filter { $0 == yesterday || past[$0] != true }
    let isDue = Set(due)
    finished =
      past.isEmpty
      ? [] : (min(first, yesterday).number..<yesterday.number).map(CivilDay.init).filter { !isDue.contains($0) }
    if let last = past.keys.max(), last.advanced(by: 1) < first {
      lost = last.advanced(by: 1)...first.advanced(by: -1)
    }
  }

  /// Whether people are still notified about what changed on a finished day.
  package static func tellsOfChange(on day: CivilDay, today: CivilDay) -> Bool {
    day < today && day >= today.advanced(by: -alertDays)
  }
}
