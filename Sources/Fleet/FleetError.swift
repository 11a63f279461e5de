import Foundation

/// Why a server did not do what it was asked. No case holds a password, a row, or the server's own text.
package enum FleetError: Error, Hashable, Sendable, CustomStringConvertible {
  /// It will not do it later either.
  case final(String)
  /// It may do it later.
  case later(String, code: Int?)

  package var description: String {
    switch self {
    case .final(let sentence): sentence
    case .later(let sentence, _): sentence
    }
  }

  /// Whether some of a cluster's servers did not answer the one that was asked.
  package var isOfOthers: Bool {
    guard case .later(_, let code?) = self else { return false }
    return [32, 198, 209, 210, 279].contains(code)
  }

  /// Reads an answer that is not a success.
  package init(status: Int, body: [UInt8], header: String?) {
    let code = header.flatMap { Int($0) } ?? Self.code(in: body)
    let what = code.map { "ClickHouse's error \($0)\(Self.words[$0].map { ": \($0)" } ?? "")" } ?? "HTTP \(status)"
    let isFinal =
      code.map { Self.finals.contains($0) } ?? ((300..<500).contains(status) && ![408, 429].contains(status))
    self = isFinal ? .final(what) : .later(what, code: code)
  }

  /// `Code: 60, e.displayText() = …` or `Code: 60. DB::Exception: …`
  private static func code(in body: [UInt8]) -> Int? {
    let text = String(decoding: body.prefix(64), as: UTF8.self)
    guard let start = text.range(of: "Code: ") else { return nil }
    return Int(text[start.upperBound...].prefix { $0.isNumber })
  }

  /// What no later attempt changes: rights, names, and a question that is not understood.
  private static let finals: Set<Int> = [
    6, 16, 27, 36, 41, 42, 43, 44, 46, 47, 53, 60, 62, 73, 80, 81, 115, 164, 192, 193, 194, 195, 291, 342, 376, 392,
    452,
    497, 516,
  ]

  /// ClickHouse's own names of its errors are for programmers.
  private static let words: [Int: String] = [
    16: "the table has no such column; `ccr-audit fleet schema` prints what it needs",
    47: "the table has no such column; `ccr-audit fleet schema` prints what it needs",
    60: "there is no such table; `ccr-audit fleet schema` prints it",
    81: "there is no such database; `ccr-audit fleet schema` makes it",
    159: "it took too long", 160: "it took too long", 164: "this user may only read",
    192: "it does not know this user", 193: "the password is wrong", 194: "a password is needed",
    209: "one of its servers did not answer in time", 210: "one of its servers cannot be reached",
    241: "it has not enough memory", 242: "it takes nothing in at the moment, because it has lost its keeper",
    243: "its disk is full", 252: "it has too many parts", 279: "some of its servers cannot be reached",
    285: "too few replicas are up", 286: "an earlier row has not reached enough replicas yet",
    289: "the server that was asked is behind the others", 291: "this user may not use the database",
    319: "nobody knows whether enough replicas have it", 497: "this user has no right to do it",
    516: "the user or the password is wrong", 999: "it has lost its keeper",
  ]
}
