import Foundation
import Model
import TestSupport
import Testing

@testable import Reading

/// What people hand over that is no bill, or not whole.
@Suite struct ForeignFileTests {
  private func error(_ bytes: [UInt8]) -> BillError? {
    #expect(throws: BillError.self) { _ = try BillReader().bills(bytes, path: "x") }
  }

  private func error(_ text: String) -> BillError? { error(Array(text.utf8)) }

  @Test(
    arguments: [
      ("%PDF-1.7\n", .pdf), ("<!DOCTYPE html><html><title>Log in</title>", .webPage), ("\n <HTML>", .webPage),
      ("<?xml version=\"1.0\"?><invoice/>", .xml), ("SQLite format 3\0", .sqlite), ("Rar!\u{1a}", .packed(by: "RAR")),
      ("{\"error\":{\"message\":\"Incorrect API key: sk-CANARY\"}}", .refusal),
      ("{\"type\":\"error\",\"error\":{\"type\":\"x\"}}", .refusal),
      ("{\"base_resp\":{\"status_code\":1004,\"status_msg\":\"log in\"}}", .refusal),
      ("HTTP/2 200\r\ncontent-type: application/json\r\n\r\n{}", .answer),
      ("{\"is_available\":true,\"balance_infos\":[]}", .balance),
      ("{\"data\":{\"total_credits\":10,\"total_usage\":2}}", .balance),
      ("Invoice ID,Date,Amount\nA-1,2026-11-10,5\n", .invoices),
    ] as [(String, ForeignFile)])
  func whatIsNoBillIsNamed(_ text: String, _ file: ForeignFile) {
    #expect(error(text) == .foreign(path: "x", file))
    #expect(error(text)?.description.contains("CANARY") == false)
  }

  @Test func packersAndImagesAreNamed() {
    #expect(error([0x28, 0xb5, 0x2f, 0xfd, 0]) == .foreign(path: "x", .packed(by: "zstd")))
    #expect(error([0x89, 0x50, 0x4e, 0x47, 0x0d]) == .foreign(path: "x", .image))
    #expect(error([0xd0, 0xcf, 0x11, 0xe0, 0xa1]) == .foreign(path: "x", .workbook))
  }

  @Test func sumsSayWhatToAskForInstead() {
    let spend = "[{\"startTime\":\"2026-11-10\",\"spend\":0.5,\"models\":{\"m\":0.5}}]"
    #expect(error(spend)?.description.contains("summarize=false") == true)
    #expect(error("{\"object\":\"list\",\"daily_costs\":[]}")?.description.contains("group_by[]=line_item") == true)
  }

  private static let table = "day;model;cost\n2026-11-10;m;0,5\n"
  private static let reader = BillReader(columns: ["day": "day", "model": "model", "cost": "cost"])

  @Test func whatSpreadsheetsCallUnicodeIsRead() throws {
    let units = Array(Self.table.utf16)
    let little = units.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] }
    let big = units.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xff)] }
    for bytes in [[0xff, 0xfe] + little, [0xfe, 0xff] + big, little, big, gzip(Array(Self.table.utf8))] {
      #expect(try Self.reader.bills(bytes, path: "x").flatMap(\.rows).map(\.cost) == [ExactAmount("0.5")])
    }
    #expect(error(Array(gzip(Array(Self.table.utf8)).dropLast(9))) == .badArchive(path: "x"))
    // “Day” in the encoding of China's spreadsheets, and a letter of UTF-8 that is not whole beside one that is.
    #expect(error([0xc8, 0xd5, 0xc6, 0xda, 0x3b, 0x0a]) == .notText(path: "x"))
    #expect(error([0xc3, 0xa4, 0x3b, 0xc3, 0x0a]) == .notText(path: "x"))
  }

  @Test(arguments: [
    "{\"data\":[],\"has_more\":false}", "[]", "{\"charge_records\":[],\"total_cnt\":0}",
  ])
  func aPeriodWithoutAnythingIsEmpty(_ text: String) { #expect(error(text) == .empty(path: "x")) }

  /// A download that failed says nothing of a period.
  @Test func aFileWithoutAnythingIsNoEmptyBill() {
    for text in ["", "\u{feff}\n", " \r\n\n"] { #expect(error(text) == .blank(path: "x")) }
    // An archive's directory alone.
    #expect(error([0x50, 0x4b, 0x05, 0x06] + Array(repeating: 0, count: 18)) == .blank(path: "x"))
  }

  @Test func bucketsWithoutResultsAreEmpty() {
    let bucket = "{\"starting_at\":\"2026-03-31T00:00:00Z\",\"ending_at\":\"2026-04-01T00:00:00Z\",\"results\":[]}"
    #expect(error("{\"data\":[\(bucket)]}") == .empty(path: "x"))
  }

  @Test func aFileOfTitlesAloneIsEmpty() {
    #expect(error("usage_date_utc,model,cost_usd,token_type\n") == .empty(path: "x"))
  }

  /// However a document of several lines is cut, what is left is not whole.
  @Test func aDocumentThatIsCutSaysSo() {
    let whole = """
      {"data": [
        {"starting_at": "2026-03-31T00:00:00Z", "results": [
          {"amount": "123.45", "currency": "USD", "cost_type": "tokens", "model": "m", "token_type": "output"}
        ]}
      ], "has_more": false}
      """
    for length in stride(from: 1, to: whole.utf8.count - 1, by: 7) {
      let error = error(Array(whole.utf8.prefix(length)))
      guard case .cutOff(path: "x", _) = error else {
        Issue.record("\(length): \(String(describing: error))")
        return
      }
    }
    #expect((try? BillReader().bills(Array(whole.utf8), path: "x"))?.count == 1)
    let lines = "{\"request_id\":\"a\"}\n{\"request_id\":\"b\",\"sp"
    #expect(error(lines) == .cutOff(path: "x", line: 2))
  }

  @Test func aWordThatJSONDoesNotHaveIsNamedByItsLine() {
    #expect(
      error("{\"data\": [\n{\"usage\": NaN}]}") == .badCell(path: "x", line: 2, column: "JSON", why: .unknown("NaN")))
    #expect(error("{\"a\": 1;}") == .badCell(path: "x", line: 1, column: "JSON"))
  }

  @Test func aDocumentThatNobodyKnowsShowsItsKeys() {
    #expect(
      error("{\"data\":[{\"day\":1,\"sk-CANARY-1\":2}]}") == .unknownDocument(path: "x", seen: ["day", "sk-CANARY-1"]))
    #expect(error("{\"data\":[{\"sk-CANARY-1\":2}]}")?.description.contains("CANARY") == false)
  }
}

/// No name that anything of ours knows looks like a key.
@Suite struct KeyShapeTests {
  @Test func noNameOfThePricingTablesLooksLikeAKey() throws {
    let folder = Fixtures.package.appending(path: "pricing")
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "yaml" }
    #expect(files.count > 30)
    for file in files {
      let text = try String(contentsOf: file, encoding: .utf8)
      for word in text.split(whereSeparator: { $0.isWhitespace || $0 == "\"" || $0 == "'" || $0 == "," }) {
        #expect(!String(word).looksLikeKey, "\(file.lastPathComponent): \(word)")
      }
    }
  }

  @Test func ofTheBillsOnlyKeysLookLikeKeys() throws {
    let folder = Fixtures.package.appending(path: "fixtures/bills")
    for name in try FileManager.default.contentsOfDirectory(atPath: folder.path()) where !name.hasSuffix(".zip") {
      let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
      for word in text.split(whereSeparator: { ",;\"{}[]:\n\r".contains($0) }) where !word.contains("CANARY") {
        #expect(!String(word).looksLikeKey, "\(name): \(word)")
      }
    }
  }
}
