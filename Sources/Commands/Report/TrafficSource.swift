import Audit
import Foundation
import Ledger
import Model

/// Where an audit's requests come from: a ledger, several of them, or a fleet's server.
protocol TrafficSource {
  /// Whether the configured history covers the same traffic.
  var hasHistory: Bool { get }

  /// Whose requests they are; `nil` where they are of several.
  func origin() throws(CommandFailure) -> String?

  /// The first and the last instant at which a request began, epoch milliseconds, at least as exact as days need; `nil`
  /// where there is none.
  func span() throws(CommandFailure) -> ClosedRange<Int64>?

  /// Every model that a request was ever sent to, each once.
  func models() throws(CommandFailure) -> [ModelID]

  /// Sums of requests, as `LedgerFile.traffic`.
  func traffic(_ query: TrafficQuery) throws(CommandFailure) -> [TrafficSlice]

  /// The days on which some request began.
  func recordedDays(scope: TrafficScope, timeZone: TimeZone) throws(CommandFailure) -> Set<CivilDay>

  /// The requests of a span without tokens that are not failed.
  func unmeasured(in span: Range<Int64>) throws(CommandFailure) -> [Unmeasured]

  /// What sets the price of a span's requests beside their tokens.
  func extras(in span: Range<Int64>, scope: TrafficScope) throws(CommandFailure) -> [CallExtras]

  /// Searches of the web, by the day of the request and by model.
  func webSearches(
    in span: Range<Int64>, scope: TrafficScope, timeZone: TimeZone
  ) throws(CommandFailure) -> [CivilDay: [ModelID: Int64]]

  /// What is known of a span's requests whose tokens are not, by model.
  func lowerBounds(in span: Range<Int64>, scope: TrafficScope) throws(CommandFailure) -> [LowerBound]

  /// What recorded bills say of days.
  func billedUse(in days: ClosedRange<CivilDay>) throws(CommandFailure) -> [BilledUse]

  /// What recorded bills say of days together that are in part others.
  func billedUse(across days: ClosedRange<CivilDay>) throws(CommandFailure) -> [BilledUse]

  /// Every measured request whose answer is whole and of which bytes are recorded, one at a time.
  func eachMeasured(_ body: (ByteRecord) -> Void) throws(CommandFailure)

  /// Every answered request that `traffic` counts as unknown or as estimated, one at a time.
  func eachUnmeasured(_ query: TrafficQuery, _ body: (UnmeasuredRequest) -> Void) throws(CommandFailure)

  /// What of the requests did not answer; known once they were read.
  var missing: MissingTraffic? { get }

  /// Begins to read them, from the start where it is called again.
  /// - Throws: Where what is there cannot be all, or not be right.
  func begin() throws(CommandFailure)

  /// Whether no request has come or changed since `begin`.
  func isAsItWas() throws(CommandFailure) -> Bool

  /// What whoever reads a report should know of where its requests come from; nothing for most.
  func warnings() throws(CommandFailure) -> [String]

  /// What it is, in a sentence.
  var name: String { get }

  /// What is said where there is no request at all.
  var emptiness: String { get }
}

extension TrafficSource {
  /// Nothing, unless the source keeps what is known of single requests.
  func lowerBounds(in span: Range<Int64>, scope: TrafficScope) throws(CommandFailure) -> [LowerBound] { [] }

  var name: String { "the ledger" }
  var missing: MissingTraffic? { nil }
  func isAsItWas() -> Bool { true }
  func warnings() -> [String] { [] }
  var emptiness: String {
    "the ledger holds no request: `ccr-audit ingest` reads records, and `ccr-audit doctor` says where they are looked for"
  }
}
