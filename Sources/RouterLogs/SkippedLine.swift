/// A line that was left out, and why. Never holds any of the line's text.
package struct SkippedLine: Hashable, Sendable {
  /// The line's number in its file, from 1.
  package var line: Int64
  /// Why it was left out.
  package var reason: SkipReason

  /// A line left out.
  package init(line: Int64, reason: SkipReason) {
    self.line = line
    self.reason = reason
  }
}

/// Why a line was left out. The raw value is the sentence that people read.
package enum SkipReason: String, Error, Sendable, CaseIterable {
  /// The line does not begin as the source's lines do.
  case foreign = "not a line that this router writes"
  /// The line begins well and is no whole JSON object.
  case brokenJSON = "broken JSON"
  /// A NUL byte stands where none can be.
  case nul = "NUL bytes"
  /// A name is not UTF-8.
  case badText = "text that is not UTF-8"
  /// A token count that is no whole number, is negative, or is beyond what a request can hold.
  case badTokens = "token counts that cannot be"
  /// A request id of a form that the router does not make.
  case badRequestID = "a request id of unknown form"
}

/// A token count above this is no token count: a hundred times the longest context that is sold.
package let largestTokenCount: Int64 = 1_000_000_000
