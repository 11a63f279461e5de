/// What a cost is compared with. Raw values are the words of the configuration and of the JSON contract.
package enum RatioKind: String, CaseIterable, Sendable {
  /// The baseline's cost of the token classes as they were observed.
  case plain
  /// The baseline's cost had the client called it directly, with prompt caching.
  case cached
}

/// What a report has rows for, beside the model.
package enum Grouping: String, CaseIterable, Sendable {
  /// Nothing else.
  case model
  case day
  case route
  case session
  /// Each source of tokens.
  case source
  /// Each week, which begins on a Monday.
  case week
  /// Each month of the calendar.
  case month
  /// Each project of a client: the folder that it ran in.
  case project
  /// Whose records they are.
  case origin
  /// Each team of a fleet.
  case team
  /// Each program that wrote records.
  case program

  /// Whether rows are days or made of days.
  package var isOfDays: Bool { [.day, .week, .month].contains(self) }
}
