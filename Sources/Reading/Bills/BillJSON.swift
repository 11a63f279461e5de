import Foundation
import Model

/// A JSON document of a bill. Numbers are kept as the decimal text that they stand for, never as binary fractions.
indirect enum BillJSON: Decodable {
  case null
  case bool(Bool)
  case number(Decimal)
  case string(String)
  case array([BillJSON])
  case object([String: BillJSON])

  init(from decoder: any Decoder) throws {
    let value = try decoder.singleValueContainer()
    if value.decodeNil() {
      self = .null
    } else if let object = try? value.decode([String: BillJSON].self) {
      self = .object(object)
    } else if let array = try? value.decode([BillJSON].self) {
      self = .array(array)
    } else if let text = try? value.decode(String.self) {
      self = .string(text)
    } else if let flag = try? value.decode(Bool.self) {
      self = .bool(flag)
    } else {
      self = .number(try value.decode(Decimal.self))
    }
  }

  /// A member of an object; `nil` where there is none, or it is null.
  subscript(_ key: String) -> BillJSON? {
    guard case .object(let members) = self, let member = members[key] else { return nil }
    if case .null = member { return nil }
    return member
  }

  var items: [BillJSON]? { if case .array(let items) = self { items } else { nil } }
  var keys: [String] { if case .object(let members) = self { members.keys.sorted() } else { [] } }

  /// A string, or a number as its digits.
  var text: String? {
    switch self {
    case .string(let text): text
    case .number(let number): number.description
    default: nil
    }
  }

  var amount: ExactAmount? { text.flatMap { ExactAmount($0) } }
  /// A count of whole things; `nil` for anything else.
  var count: Int64? { text.flatMap { Int64($0) } }
}
