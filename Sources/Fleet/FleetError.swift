import Foundation

/// Why a server did not do what it was asked. No case holds a password, a row, or the server's own text.
package enum FleetError: Error, Hashable, Sendable, CustomStringConvertible {
  /// It will not do it later either.
  case final(String, code: Int? = nil)
  /// It may do it later.
  case later(String, code: Int?)

  /// It answers with what cannot be added up.
  package static let uncountable = FleetError.final("its answer is none that can be counted with")
  /// Somebody else wrote there.
  package static let foreignCommits = FleetError.final("its table `commits` holds what no ccr-audit writes")

  /// Such as a sign-in page.
  package static let noClickHouse = FleetError.final("what answered is no ClickHouse")

  /// A replica that has not fetched the newest commits yet.
  package static let behind = FleetError.later(behindWords, code: nil)
  private static let behindWords = "the server that was asked is behind the others"

  /// A replica that cannot know what the others have.
  package static let keeperless = FleetError.later(
    "it has lost its keeper, and cannot know whether it has all that machines sent", code: nil)

  /// What tells whether a replica is behind may not be read.
  package static let hiddenReplicas = FleetError.final(
    "this user may not read `system.replicas`, which tells whether the server has all that machines sent; "
      + "`GRANT SELECT ON system.replicas`", code: 497)

  /// What was to be done.
  package enum Purpose: Sendable {
    case reading
    case writing
  }

  package var description: String {
    switch self {
    case .final(let sentence, _): sentence
    case .later(let sentence, _): sentence
    }
  }

  /// ClickHouse's number of the error.
  private var code: Int? {
    switch self {
    case .final(_, let code): code
    case .later(_, let code): code
    }
  }

  /// Whether it may go better later.
  package var isLater: Bool {
    if case .later = self { true } else { false }
  }

  /// Whether some of a cluster's servers did not answer the one that was asked.
  package var isOfOthers: Bool {
    guard case .later(_, let code?) = self else { return false }
    return [32, 198, 209, 210, 279].contains(code)
  }

  /// Whether the user has no right to do it.
  package var isOfRights: Bool { code.map { [291, 497].contains($0) } ?? false }

  /// Reads an answer that is not a success.
  package init(status: Int, body: [UInt8], header: String?, _ purpose: Purpose) {
    let code = header.flatMap { Int($0) } ?? Self.code(in: body)
    let words = code.map { Self.words(of: $0, purpose) } ?? Self.words(ofStatus: status)
    let what = (code.map { "ClickHouse's error \($0)" } ?? "HTTP \(status)") + (words.map { ": \($0)" } ?? "")
    let isFinal =
      code.map { Self.finals.contains($0) } ?? ((300..<500).contains(status) && ![408, 425, 429].contains(status))
    self = isFinal ? .final(what, code: code) : .later(what, code: code)
  }

  /// `Code: 60, e.displayText() = …` or `Code: 60. DB::Exception: …`
  private static func code(in body: [UInt8]) -> Int? {
    let text = String(decoding: body.prefix(64), as: UTF8.self)
    guard let start = text.range(of: "Code: ") else { return nil }
    return Int(text[start.upperBound...].prefix { $0.isASCII && $0.isNumber })
  }

  /// What no later attempt changes: rights, names, and a question that is not understood.
  private static let finals: Set<Int> = [
    6, 16, 27, 36, 41, 42, 43, 44, 46, 47, 53, 60, 62, 73, 80, 81, 115, 164, 167, 192, 193, 194, 195, 291, 306, 342,
    376,
    392, 452, 497, 516,
  ]

  /// ClickHouse's own names of its errors are for programmers.
  private static func words(of code: Int, _ purpose: Purpose) -> String? {
    switch (code, purpose) {
    case (164, .reading): "this user may set nothing, which each question does; for reading, `readonly` is 2"
    case (164, .writing): "this user may only read"
    case (291, .reading), (497, .reading):
      "this user has no right to read the database's tables `request`, `commits`, `machine` and `fleet`"
    case (291, .writing), (497, .writing):
      "this user has no right to do it; who pushes needs INSERT into `request`, `commits` and `machine`"
    default: words[code]
    }
  }

  private static let words: [Int: String] = [
    16: "a table lacks a column: it is an older program's or another's; `ccr-audit fleet schema` prints what it needs",
    47: "a table lacks a column: it is an older program's or another's; `ccr-audit fleet schema` prints what it needs",
    60: "a table of the fleet is missing; nobody has run what `ccr-audit fleet schema` prints, or not all of it",
    75: "it cannot write; its disk may be full",
    81: "there is no such database; `ccr-audit fleet schema` makes it, or `fleet.url` names another one",
    159: "it took too long", 160: "it took too long",
    192: "it does not know this user", 193: "the password is wrong", 194: "a password is needed",
    209: "one of its servers did not answer in time", 210: "one of its servers cannot be reached",
    241: "it has not enough memory", 242: "it takes nothing in at the moment, because it has lost its keeper",
    243: "its disk is full", 252: "it has too many parts", 279: "some of its servers cannot be reached",
    285: "too few replicas are up", 286: "an earlier row has not reached enough replicas yet",
    289: behindWords, 319: "nobody knows whether enough replicas have it",
    452: "this user's profile forbids a setting that is needed",
    516: "the user or the password is wrong", 999: "it has lost its keeper",
  ]

  /// What answers in ClickHouse's place.
  private static func words(ofStatus status: Int) -> String? {
    switch status {
    case 300..<400: "it sends to another address, which no password follows; `fleet.url` must name the server"
    case 401, 403: "the user or the password is wrong, or what stands before the server lets nobody in"
    case 404: "nothing is there; `fleet.url` must name ClickHouse's HTTP port"
    case 407: "a proxy wants a password"
    case 413: "what stands before the server takes no body of 16 MiB"
    case 502, 503, 504: "what stands before the server does not reach it"
    default: nil
    }
  }
}
