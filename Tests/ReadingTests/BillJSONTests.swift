import Foundation
import Testing

@testable import Reading

/// Documents of bills against Foundation's decoder.
struct BillJSONTests {
  @Test(
    arguments: [
      "0", "-0", "7", "1.50", "-3.25", "1e5", "1E+5", "1e-7", "120.0e2", "9999999999999999999", "1e127", "1e128",
      "0.1234567890123456789012345678901234567890123", "01", "-01", "1.", ".5", "+1", "1e", "1e+", "-", "--1", "0x1",
      "1_0", "NaN", "Infinity", "-Infinity", "1 2", "",
    ])
  func aNumberIsReadAsFoundationReadsIt(_ text: String) {
    let theirs = try? JSONDecoder().decode([Decimal].self, from: Data("[\(text)]".utf8)).first
    #expect(BillJSON(parsing: "[\(text)]")?.items?.first?.number == theirs?.description)
  }

  /// As Foundation has it, too.
  @Test func theFirstOfTwoMembersOfANameCounts() {
    #expect(BillJSON(parsing: #"{"cost": 1, "cost": 2}"#)?["cost"]?.number == "1")
  }

  @Test(
    arguments: [
      #"{"a": [1, "b", null, true]}"#, "[", "{\"a\" 1}", "[1,]", "{\"a\": 1,}", "[,]", "[1,,2]", "\"\u{1}\"",
      #""\ud83d""#, "[] []", "\u{FEFF}[1]", "",
    ])
  func aTextIsADocumentWhereFoundationSaysSo(_ text: String) {
    let theirs = try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
    #expect((BillJSON(parsing: text) != nil) == (theirs != nil))
  }
}
