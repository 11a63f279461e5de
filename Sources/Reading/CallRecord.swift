package import Foundation
package import Model

/// What one record says of one call. A call can have several, in several files, in any order; the ledger keeps them all
/// and asks the source what they amount to.
package struct CallRecord: Hashable, Sendable {
  /// The source's own id of the call.
  package var call: String
  /// What the record says, as the source writes it down: without prompts, answers and keys.
  package var body: Data
  /// A text that stands in the body of each record which this one replaces; `nil` where none is.
  package var replaces: String?
  /// What the call amounts to where no other record describes it, so that the body need not be read again; `nil` where
  /// that was not worked out.
  package var alone: [ObservedCall]?
  /// How it and a record of the same call find each other although one of them does not name the call; `nil` for
  /// records of a source that always does.
  package var likeness: Likeness?

  /// What tells that a record without the source's id of its call, and one with it, are of one call.
  package struct Likeness: Hashable, Sendable {
    /// Whether the record lacks the id: it counts where no other record of its call names that.
    package var isUnnamed: Bool
    /// When the call began, epoch milliseconds.
    package var started: Int64
    /// Texts: the other record's body holds all of one of these lists.
    package var marks: [[String]]

    /// How far apart two records put the start of one call, milliseconds.
    package static let slack: Int64 = 2000

    /// Whether a body is like the record.
    package func fits(_ body: Data) -> Bool {
      marks.contains { texts in texts.allSatisfy { body.range(of: Data($0.utf8)) != nil } }
    }
  }
}

/// A call as all records of one source tell it.
package struct ObservedCall: Hashable, Sendable {
  /// The call, with the keys that identify it in the records of others.
  package var request: RoutedRequest
  /// What a proxy counted by itself, where the request's tokens are unknown.
  package var estimate: TokenUsage?
  /// The name that the caller asked for, where it is another than the model's.
  package var requestedModel: String?
  /// What the source says that it cost, USD: decimal text without exponent.
  package var claimedCost: String?
}

/// Records of calls from a part of a log.
package struct CallBatch: RecordBatch {
  /// In the order of their lines.
  package var calls: [CallRecord] = []
  package var skipped: [SkippedLine] = []
  package var skippedCount = 0
  package var records: Int { calls.count }

  package init() {}
}
