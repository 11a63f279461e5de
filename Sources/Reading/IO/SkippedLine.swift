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
  /// A name is not UTF-8, or holds control characters.
  case badText = "text that is not UTF-8"
  /// A token count that is no whole number, is negative, or is beyond what a request can hold.
  case badTokens = "token counts that cannot be"
  /// A request id of a form that the router does not make.
  case badRequestID = "a request id of unknown form"
  /// A time that is no time, or has no offset.
  case badTime = "a time that cannot be read"
  case ahead = "a time a day or more ahead of the clock"
  /// The line is longer than any that a router writes.
  case tooLong = "a line too long to be one"
  /// The call of a path that is not known: neither a model's nor one that is known to be none.
  case unknownPath = "a call of a path that is not known; it counts where the router called a provider for it"
  /// An answer without the session or the model that it belongs to.
  case incomplete = "an answer without session or model"

  /// The reason for a line that could not be parsed.
  init(_ fault: JSONFault, in bytes: Span<UInt8>) {
    self =
      if bytes.firstIndex(of: 0, from: 0) != nil {
        .nul
      } else if fault == .badText {
        .badText
      } else {
        .brokenJSON
      }
  }
}

/// What a part of some source holds, as far as all sources have it in common.
package protocol RecordBatch: Sendable {
  /// Lines left out. Only the first thousand are named.
  var skipped: [SkippedLine] { get set }
  /// How many lines were left out.
  var skippedCount: Int { get set }
  /// How many requests, or parts of one, it holds.
  var records: Int { get }
}

extension RecordBatch {
  package mutating func skip(_ line: Int64, _ reason: SkipReason) {
    skippedCount += 1
    if skipped.count < 1000 { skipped.append(SkippedLine(line: line, reason: reason)) }
  }
}

/// A token count above this is no token count: a hundred times the longest context that is sold.
package let largestTokenCount: Int64 = 1_000_000_000
