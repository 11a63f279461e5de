/// How far back to look from the newest record: `7d`, `4w`, `all`.
package struct DayWindow: Hashable, Sendable, CustomStringConvertible {
  /// How many days; `nil` for all.
  package var days: Int?

  /// A window of days; `nil` for all.
  package init(days: Int?) { self.days = days }

  /// Reads a window; `nil` for anything else.
  package init?(_ text: String) {
    if text == "all" {
      days = nil
    } else if let count = DayCount(argument: text) {
      days = count.days
    } else {
      return nil
    }
  }

  /// As it is written.
  package var description: String { days.map { "\($0)d" } ?? "all" }
}
