package import Model

/// How much of a period is recorded. Today counts as a day.
package struct RecordedPart: Hashable, Sendable {
  /// The first day with a record, which may lie outside the period.
  package var from: CivilDay
  /// The days of the period from then on, through today.
  package var days: Int
  /// The days of the period through today.
  package var ofDays: Int
  /// The recorded days on which no request began; `nil` where nobody counted.
  package var silentDays: Int?

  /// Whether some of the period has no records.
  package var isPartial: Bool { days < ofDays }
}
