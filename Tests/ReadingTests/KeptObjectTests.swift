import Foundation
import Testing

@testable import Reading

struct KeptObjectTests {
  private func encoded(_ record: LiteLLMRecord) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try encoder.encode(record), as: UTF8.self)
  }

  private static let texts: [String] = {
    let controls = (0..<0x20).map { String(Character(Unicode.Scalar(UInt8($0)))) }.joined()
    return ["", "plain", "a/b\"c\\d", controls, "\u{7F}\u{80}\u{85}\u{2028}\u{2029}", "Ünï \u{1F600} e\u{301}", "\r\n"]
  }()

  @Test(arguments: texts)
  func aRecordIsKeptAsFoundationWritesIt(text: String) throws {
    var record = LiteLLMRecord(kind: .spendRow, callID: text)
    #expect(String(decoding: record.body, as: UTF8.self) == (try encoded(record)))
    for path: WritableKeyPath<LiteLLMRecord, String?> in [
      \.id, \.header, \.callType, \.provider, \.model, \.group, \.host, \.session, \.errorCode, \.errorClass, \.tier,
      \.speed, \.geo,
    ] { record[keyPath: path] = text }
    for path: WritableKeyPath<LiteLLMRecord, Int64?> in [
      \.started, \.ended, \.firstToken, \.maxTokens, \.webSearches, \.usage.output, \.usage.reasoning,
      \.usage.cacheRead, \.usage.cached, \.usage.cacheWrite, \.usage.cacheCreation, \.usage.cacheWrite5m,
      \.usage.cacheWrite1h, \.usage.text,
    ] { record[keyPath: path] = Int64.min + Int64(text.utf8.count) }
    for path: WritableKeyPath<LiteLLMRecord, Bool?> in [\.isUnnamed, \.stream, \.isUnclear, \.lacksUsage] {
      record[keyPath: path] = true
    }
    (record.isSuccess, record.usage.hasAudio, record.total) = (true, true, .max)
    #expect(String(decoding: record.body, as: UTF8.self) == (try encoded(record)))
    #expect(try JSONDecoder().decode(LiteLLMRecord.self, from: record.body) == record)
    #expect(try encoded(record).contains(KeptObject.member("id", text)))
  }
}
