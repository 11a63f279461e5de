import Foundation
import Model

/// A row of a table, or an item of a document: the same members, where a provider exports both.
protocol BillRecord {
  /// Where it stands.
  var place: BillError.Place { get }
  var path: String { get }
  /// What is there; `nil` for nothing.
  func text(_ member: String) -> String?
  /// Whether it says yes.
  func isTrue(_ member: String) -> Bool
  /// A count of whole things; `nil` for nothing.
  func count(_ member: String) throws(BillError) -> Int64?
  /// A count that newer exports tell; zero where they do not have it at all.
  func counted(_ member: String) throws(BillError) -> Int64
  /// Whether each of these is there and is zero.
  func isZero(_ members: [String]) -> Bool
  /// How days stand in it whose year is behind them; `nil` where nothing tells.
  func dayOrder(_ member: String) -> DayOrder?
  func bad(_ member: String, _ why: BillError.Why?) -> BillError
}

extension BillRecord {
  /// A count that has to be there: what is unknown is not zero.
  func needed(_ member: String) throws(BillError) -> Int64 {
    guard let count = try count(member) else { throw bad(member, .missing) }
    return count
  }

  /// Whose use it is, as far as it is told apart by ids.
  var scope: [String: Int] {
    ["api_key_id", "workspace_id", "workspace", "project_id", "user_id"].reduce(into: [:]) { scope, member in
      scope[member] = text(member)?.hashValue
    }
  }

  /// A day or a time.
  func moment(_ member: String) throws(BillError) -> BillMoment {
    guard let text = text(member) else { throw bad(member, .missing) }
    guard let moment = BillMoment(text, order: dayOrder(member)) else {
      throw bad(member, DayOrder.isNeeded(for: text) ? .dayOrder : nil)
    }
    if moment.day < .firstBilled { throw bad(member, .tooEarly) }
    return moment
  }

  /// The day that is there, in UTC where it names an offset.
  func day(_ member: String) throws(BillError) -> CivilDay { try moment(member).day(in: .gmt) }

  /// What to say of a sum over several models, or kinds of charges.
  func needsGrouping(_ member: String, by grouping: String) -> BillError {
    .needsGrouping(path: path, place: place, member: member, by: grouping)
  }

  /// A part of a whole, both counted.
  func checkPart(_ part: Int64, _ member: String, of whole: Int64, _ name: String) throws(BillError) {
    if part > whole { throw bad(member, .exceeds(name)) }
  }
}

extension Sequence where Element: BillRecord {
  /// The currency that all name; `nil` where there are none.
  /// - Parameter fallback: what was asked for where one names nothing.
  func currency(_ member: String, fallback: String?) throws(BillError) -> String? {
    var found: String?
    for record in self {
      let code: String?
      if let text = record.text(member) {
        guard let named = WrittenNumber.currency(text) else { throw record.bad(member, nil) }
        code = named
      } else {
        code = fallback
      }
      guard let code else { throw record.bad(member, .missing) }
      if let found, found != code {
        throw .mixedCurrencies(path: record.path, place: record.place, [found, code])
      }
      found = code
    }
    return found
  }
}

extension BillItem: BillRecord {
  // Programs write the year first.
  func dayOrder(_ member: String) -> DayOrder? { nil }

  var place: BillError.Place { .item(number) }

  func isZero(_ members: [String]) -> Bool {
    members.allSatisfy { json[$0]?.number.flatMap { ExactAmount($0) } == .zero }
  }
}

extension BillCells: BillRecord {
  var place: BillError.Place { .line(line) }

  func text(_ member: String) -> String? { self[member] }

  func isTrue(_ member: String) -> Bool { self[member]?.lowercased() == "true" }

  func counted(_ member: String) throws(BillError) -> Int64 {
    !has(member) ? 0 : try needed(member)
  }

  func isZero(_ members: [String]) -> Bool {
    members.allSatisfy { number($0).flatMap { ExactAmount($0.text) } == .zero }
  }
}
