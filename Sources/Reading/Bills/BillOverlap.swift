import Foundation
import Model

/// Finds what several files of one format list twice, or one file lists twice: a request is known by its id, and a sum by
/// what it is of. What is equal counts once; sums of the same use that are not equal are refused, because nobody knows
/// which one holds.
struct BillOverlap {
  /// What a row is a sum of. Two files that list it list the same use.
  private struct Subject: Hashable {
    var model: String?
    var keyName: String?
    var fee: String?
    var classes: Set<TokenClass>
    var countsRequests: Bool
    var scope: [String: Int]

    init(_ row: BillRow) {
      scope = row.scope
      model = row.model?.lowercased()
      keyName = row.keyName
      fee = row.fee
      classes = Set(row.tokens.keys).union(row.chargedClass.map { [$0] } ?? [])
      countsRequests = row.requests != nil
    }

    /// The same in all scopes.
    var anywhere: Subject {
      var subject = self
      subject.scope = [:]
      return subject
    }
  }

  /// The time of a sum: an hour, a day, or several.
  private struct Span: Hashable {
    var days: ClosedRange<CivilDay>
    var bucket: Range<Int64>?

    init(_ row: BillRow) {
      days = row.days
      bucket = row.bucket
    }

    /// By its beginning, the shorter one first.
    var order: (CivilDay, Int64, CivilDay, Int64) {
      (days.lowerBound, bucket?.lowerBound ?? .min, days.upperBound, bucket?.upperBound ?? .min)
    }

    func overlaps(_ other: Span) -> Bool {
      guard let bucket, let others = other.bucket else { return days.overlaps(other.days) }
      return bucket.overlaps(others)
    }
  }

  /// A part of a request: its tokens, those of one class, a fee, or what mends them.
  private struct Part: Hashable {
    var id: String
    var fee: String?
    var tokenClass: TokenClass?
    var isMending: Bool

    init(_ id: String, _ row: BillRow) {
      self.id = id
      fee = row.fee
      tokenClass = row.chargedClass ?? (row.tokens.count == 1 ? row.tokens.first?.key : nil)
      isMending = row.mends != nil
    }
  }

  /// The rows of the files before, and which of these has them.
  private var sums: [Subject: [Span: (file: String, rows: [BillRow])]] = [:]
  private var requests: [Part: (file: String, row: BillRow)] = [:]
  /// The scopes that a subject has, by the subject in all of them.
  private var scopes: [Subject: Set<Subject>] = [:]

  /// Whether files are of different accounts, so that equal sums are not the same use.
  let addsAccounts: Bool

  init(addsAccounts: Bool) { self.addsAccounts = addsAccounts }

  /// The bill without what the bills before have.
  /// - Throws: `BillError.sameUse`.
  mutating func rest(of bill: Bill) throws(BillError) -> Bill {
    let file = bill.files.first ?? ""
    var own: [Subject: [Span: [BillRow]]] = [:]
    for row in bill.rows where row.id == nil { own[Subject(row), default: [:]][Span(row), default: []].append(row) }
    try Self.checkSpans(own, file)
    if addsAccounts { own = [:] }
    var originals: [Subject: [Span: String]] = [:]
    var refused: [(file: String, day: CivilDay)] = []
    for (subject, spans) in own {
      for (span, rows) in spans {
        do throws(BillError) {
          originals[subject, default: [:]][span] = try original(subject, span, rows, file)
        } catch .sameUse(let first, _, let day) {
          refused.append((first, day))
        }
      }
    }
    // The earliest, so that the same files are always refused with the same words.
    if let first = refused.min(by: { ($0.day, $0.file) < ($1.day, $1.file) }) {
      throw .sameUse(first: first.file, second: file, day: first.day)
    }
    var repeats: [String: Int] = [:]
    var rest = bill
    rest.rows = []
    for row in bill.rows {
      let known = row.id == nil ? originals[Subject(row)]?[Span(row)] : try original(of: row, file)
      if let known { repeats[known, default: 0] += 1 } else { rest.rows.append(row) }
    }
    for (subject, spans) in own {
      scopes[subject.anywhere, default: []].insert(subject)
      for (span, rows) in spans where sums[subject]?[span] == nil {
        sums[subject, default: [:]][span] = (file, rows)
      }
    }
    let isWhole = rest.rows.isEmpty && repeats.count == 1
    rest.repeats += repeats.sorted { $0.key < $1.key }.map { original, rows in
      BillRepeat(file: file, original: original, rows: rows, isWhole: isWhole)
    }
    return rest
  }

  /// One file does not list the same use by the hour and by the day.
  /// - Throws: `BillError.sameUse`.
  private static func checkSpans(_ own: [Subject: [Span: [BillRow]]], _ file: String) throws(BillError) {
    let days = Dictionary(grouping: own.keys, by: \.anywhere).values.compactMap { subjects -> CivilDay? in
      let spans = subjects.flatMap { subject in own[subject, default: [:]].keys.map { (span: $0, scope: subject.scope) }
      }
      .sorted { $0.span.order < $1.span.order }
      return spans.indices.first { place in
        spans[place...].dropFirst().prefix { spans[place].span.overlaps($0.span) }.contains {
          spans[place].span != $0.span && !BillRow.areApart(spans[place].scope, $0.scope)
        }
      }.map { spans[$0].span.days.lowerBound }
    }
    if let day = days.min() { throw .sameUse(first: file, second: file, day: day) }
  }

  /// The file that has a request; `nil` where none has, and it is now known to be of this one.
  private mutating func original(of row: BillRow, _ file: String) throws(BillError) -> String? {
    let part = Part(row.id ?? "", row)
    guard let known = requests[part] else {
      requests[part] = (file, row)
      return nil
    }
    guard known.row == row else { throw .sameUse(first: known.file, second: file, day: row.day) }
    return known.file
  }

  /// The file that has the same rows; `nil` where none has any of that use.
  private func original(
    _ subject: Subject, _ span: Span, _ rows: [BillRow], _ file: String
  ) throws(BillError) -> String? {
    if let same = sums[subject]?[span] {
      guard Self.counts(same.rows) == Self.counts(rows) else {
        throw .sameUse(first: same.file, second: file, day: span.days.lowerBound)
      }
      return same.file
    }
    // A week of one file, and a day of it in the other; or what one file has of a key, and the other of all.
    let known = (scopes[subject.anywhere] ?? []).filter { !BillRow.areApart($0.scope, subject.scope) }
    let others = known.flatMap { sums[$0] ?? [:] }.filter { $0.key.overlaps(span) }
    if let other = others.min(by: { $0.key.order < $1.key.order }) {
      throw .sameUse(first: other.value.file, second: file, day: span.days.lowerBound)
    }
    return nil
  }

  /// Days of two zones are compared apart, each bill with all of the ledger's. They may have an hour in common, which is
  /// what a change of the clock makes.
  /// - Throws: `BillError.twoClocks` for more.
  static func checkZones(_ first: Bill, _ second: Bill) throws(BillError) {
    let (one, other) = (intervals(first), intervals(second))
    let shared = one.filter { span in
      other.contains { min(span.upperBound, $0.upperBound) - max(span.lowerBound, $0.lowerBound) > 3_600_000 }
    }
    guard let start = shared.map(\.lowerBound).min() else { return }
    throw .twoClocks(
      [first, second].map { "\($0.files.first ?? "") (\($0.zoneName))" },
      day: CivilDay(milliseconds: start, in: first.timeZone))
  }

  private static func intervals(_ bill: Bill) -> Set<Range<Int64>> {
    Set(bill.rows.lazy.filter { $0.id == nil }.map { $0.bucket ?? $0.days.interval(in: bill.timeZone) })
  }

  private static func counts(_ rows: [BillRow]) -> [BillRow: Int] {
    rows.reduce(into: [:]) { $0[$1, default: 0] += 1 }
  }
}
