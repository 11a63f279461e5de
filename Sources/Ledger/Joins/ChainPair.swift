/// A router's request.
struct ChainCall {
  /// Its row: of `request`, or of `chained_request` where it is set aside.
  var row: Int64
  var isAside: Bool
  var id: ChainCallID
  /// `nil` where no end is known.
  var ended: Int64?
  /// The session that its own record names, or its client.
  var session: Int64?
  var route: Int64
  var stream: Int64?
  /// The router's model, and the name that its caller asked for.
  var model = ""
  var asked: String?
  /// Whether no answer began.
  var isFailed = false
  /// Whether the router's own record tells the tokens, and what it counts.
  var isMeasured = false
  var tokens: (prompt: Int64, output: Int64)?
  var host: String
  var keys: Set<Int64>
  /// The clients' records that have one of the keys.
  var answers: Set<Int64> = []

  /// Whether it is of a router that stands in front of all others as a rule.
  var isFront = false

  var started: Int64 { id.started }

  /// Whether an answer that its own record counts can be another call's: that began one, of the same length.
  func canHaveAnswer(of other: ChainCall) -> Bool {
    guard let tokens else { return true }
    return !other.isFailed && other.tokens.map { $0.output == tokens.output } ?? true
  }

  /// How much longer than another call it took, milliseconds; `nil` where an end is not known.
  func excess(over other: ChainCall) -> Int64? {
    guard let ended, let end = other.ended else { return nil }
    return (ended - started) - (end - other.started)
  }
}

/// What tells a router's request from all others, whichever row it has.
struct ChainCallID: Hashable {
  var started: Int64
  var number: Int64
  var attempt: Int64
  var writer: Int64

  var order: (Int64, Int64, Int64, Int64) { (started, number, attempt, writer) }
}

/// Two records that can be of one call; the smaller, the likelier.
struct ChainPair {
  var rank: Int
  var distance: Int64
  var outer: ChainCall
  var inner: ChainCall

  /// Whether a key says that both are of one call.
  var isSure: Bool { rank == 0 }

  static func precedes(_ left: ChainPair, _ right: ChainPair) -> Bool {
    if left.rank != right.rank { return left.rank < right.rank }
    if left.distance != right.distance { return left.distance < right.distance }
    if left.outer.id != right.outer.id { return left.outer.id.order < right.outer.id.order }
    return left.inner.id.order < right.inner.id.order
  }
}
