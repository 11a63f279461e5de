import Model
import Audit

/// Lists that people read at a terminal end somewhere: two hundred thousand models in a day are no table. CSV and JSON,
/// which programs read, have every row.
struct Shortened<Element> {
  /// What is shown, in the order in which it stood.
  var shown: [Element]
  var leftOut: [Element]
  /// How much that is.
  var rest: Int { leftOut.count }

  /// The longest table, rows.
  static var longestTable: Int { 1000 }
  /// The most notes of a kind.
  static var mostNotes: Int { 200 }

  /// Keeps those that weigh most, the earlier ones of equal weight.
  init(_ all: [Element], to limit: Int, by weight: (Element) -> Int = { _ in 0 }) {
    guard all.count > limit else {
      (shown, leftOut) = (all, [])
      return
    }
    let order = all.indices.map { (index: $0, weight: weight(all[$0])) }
      .sorted { $0.weight == $1.weight ? $0.index < $1.index : $0.weight > $1.weight }
    shown = order.prefix(limit).map(\.index).sorted().map { all[$0] }
    leftOut = order.dropFirst(limit).map { all[$0.index] }
  }
}

extension AuditReport {
  /// The report with as many rows as people read: those with the most requests.
  /// - Returns: the report, and a sentence on what is left out; `nil` where nothing is.
  func shortened() -> (report: AuditReport, note: String?) {
    let list = Shortened(rows, to: Shortened<AuditRow>.longestTable) { $0.counts.requests }
    guard list.rest > 0 else { return (self, nil) }
    var report = self
    report.rows = list.shown
    report.rowsLeftOut += list.leftOut
    return (
      report,
      "\(Figures.count(list.rest, "more row")) with fewer requests \(list.rest == 1 ? "is" : "are") in --format csv and "
        + "json; every sum here has them"
    )
  }
}

extension [String] {
  /// As many sentences as people read, and a last one that counts the rest.
  func shortened(to limit: Int = Shortened<String>.mostNotes) -> [String] {
    let list = Shortened(self, to: limit)
    return list.rest == 0 ? self : list.shown + ["and \(Figures.count(list.rest)) more of the kind"]
  }
}
