import Foundation
import Testing

@testable import Reading

/// What is taken out of lines of other programs, and what is left as it is.
struct WrappedLineTests {
  private func unwrapped(_ text: String) throws -> String {
    var source = UnwrappedSource(MemorySource(Array(text.utf8)), isOn: true)
    return String(decoding: try source.all(atMost: 1 << 24, path: "x"), as: UTF8.self)
  }

  @Test(arguments: [
    "ccr-1  | ", "0|ccr      | ", "2026-11-26T15:00:00.123Z ", "[pod/ccr-7d/ccr] ", "Nov  6 15:00:00 host ccr[1]: ",
    "<30>1 2026-11-26T15:00:00Z host ccr 7 - - ", "2026-11-26T15:00:00+0000 host ccr[1]: ", "ccr-7d9f ccr ",
    "2026-11-26T15:00:00Z stdout F ", "\u{1B}[36mccr-1 |\u{1B}[0m ", "app.log:12:",
  ])
  func prefixes(_ prefix: String) throws {
    #expect(try unwrapped(prefix + #"{"a":"b {"}"# + "\n") == #"{"a":"b {"}"# + "\n")
  }

  @Test(arguments: [
    #"{"a":1}"#, #"{"message":"{\"a\":1}"}"#, #"{"log":"{\"a\":1}\n"}"#, #"{"MESSAGE":"x"}"#, #"say {"a":1}"#,
    "1 {2}", "word 1\"{\"a\":1}", "", "1 2 3 4 5 6 7 8 9 10 11 {\"a\":1}", #"{"line":"{}","n":1}"#, "{\"log\":\"x",
  ])
  func whatHasNothingAroundIt(_ line: String) throws {
    #expect(try unwrapped(line + "\n") == line + "\n")
    #expect(UnwrappedSource.front(Array((line + "\n").utf8)) == nil)
  }

  @Test func piecesOfTwoStreamsAreToldApartAndLinesKeepTheirNumbers() throws {
    func docker(_ text: String, _ stream: String) -> String {
      #"{"log":"\#(text)","stream":"\#(stream)","time":"2026-11-26T15:00:00Z"}"# + "\n"
    }
    let text =
      docker(#"{\"a\":"#, "stdout") + docker(#"{\"b\":"#, "stderr") + docker(#"1}\n"#, "stdout")
      + docker(#"2}\n"#, "stderr") + docker(#"{\"c\":\"\u00e9\ud83d\ude00\"}\n"#, "stdout")
    #expect(try unwrapped(text) == "{\"a\":1}\n\n{\"b\":2}\n\n{\"c\":\"é😀\"}\n")
  }

  /// A prompt on standard error, which nobody answers.
  @Test func aStreamThatBreaksOffHoldsNothingUp() throws {
    let whole = #"{"log":"{\"a\":1}\n","stream":"stdout"}"# + "\n"
    let text = #"{"log":"name? ","stream":"stderr"}"# + "\n" + String(repeating: whole, count: 10_000)
    let borders = LineBorders()
    var source = UnwrappedSource(MemorySource(Array(text.utf8)), isOn: true, borders: borders)
    let plain = String(decoding: try source.all(atMost: 1 << 24, path: "x"), as: UTF8.self)
    #expect(plain.split(separator: "\n").count(where: { $0 == "name? " }) == 1)
    #expect(plain.split(separator: "\n").count == 10_001)
    #expect(borders.border(upTo: .max).file == Int64(text.utf8.count))
  }

  /// A container that stops writes no newline behind its last line.
  @Test func anObjectThatIsWholeDoesNotGoOn() throws {
    let text =
      #"{"log":"{\"a\":1}","stream":"stdout"}"# + "\n" + #"{"log":"{\"b\":2}\n","stream":"stdout"}"# + "\n"
    #expect(try unwrapped(text) == "{\"a\":1}\n{\"b\":2}\n")
  }

  @Test func theJournalCutsLinesWithAndWithoutItsPrefix() throws {
    let whole = #"{"a":"\#(String(repeating: "x", count: 60_000))","b":1}"#
    let (first, second) = (whole.prefix(49152), whole.dropFirst(49152))
    for prefix in ["", "Nov 26 15:00:00 host ccr[123]: "] {
      let lines = [first, second, Substring(#"{"c":2}"#)].map { prefix + $0 + "\n" }.joined()
      #expect(try unwrapped(lines) == whole + "\n\n" + #"{"c":2}"# + "\n")
    }
    #expect(UnwrappedSource.front(Array((first + "\n").utf8)) != nil)
  }

  @Test func bytesOfTheJournalsNumbers() throws {
    let text = #"{"MESSAGE":[27,91,51,50,109,123,34,97,34,58,49,125,27,91,48,109],"_PID":"1"}"# + "\n"
    #expect(try unwrapped(text) == "{\"a\":1}\n")
  }

  @Test(arguments: 1...7) func anEndIsHandedOutAsFarAsItGoes(_ length: Int) throws {
    let text = #"{"log":"{\"a\":1}\n","stream":"stdout"}"# + "\n"
    #expect(try unwrapped(text + text.prefix(length)) == "{\"a\":1}\n" + text.prefix(length))
    #expect(try unwrapped("x 1| {\"a\":1") == "{\"a\":1")
    #expect(try unwrapped(#"{"log":"{\"a\":","stream":"stdout"}"# + "\n") == "{\"a\":")
  }

  @Test func utf16InBothOrders() throws {
    let text = "{\"a\":\"é😀\"}\r\n{\"b\":1}"
    for order in [String.Encoding.utf16LittleEndian, .utf16BigEndian] {
      let bytes = try #require(text.data(using: order))
      var source = UnwrappedSource(MemorySource(Array(bytes)), isOn: true)
      let found = try source.all(atMost: 1000, path: "x")
      #expect(String(decoding: found, as: UTF8.self) == text)
      var odd = UnwrappedSource(MemorySource(Array(bytes.dropLast())), isOn: true)
      #expect(try String(decoding: odd.all(atMost: 1000, path: "x"), as: UTF8.self) == text.dropLast() + "\u{FFFD}")
    }
  }

  /// What collectors of logs write, or export.
  @Test(arguments: [
    #"{"date":1795000000.1,"log":%,"kubernetes":{"pod_name":"x"}}"#, #"{"date":1795000000.1,"log":%}"#,
    #"{"insertId":"a1","textPayload":%,"timestamp":"2026-11-24T10:00:00.001Z","severity":"INFO"}"#,
    #"{"TimeGenerated":"2026-11-24T10:00:00Z","LogMessage":%,"LogSource":"stdout"}"#,
    #"{"ddsource":"litellm","ddtags":"env:x","hostname":"h","message":%,"service":"litellm-server","status":"info"}"#,
    #"{"@timestamp":"2026-11-24T10:00:00.000Z","message":%,"log":{"offset":1,"file":{"path":"/x"}},"agent":{}}"#,
    #"{"message":%,"severity":"info","timestamp":"2026-11-24T10:00:00.001Z"}"#,
    #"{"version":"1.1","host":"h","short_message":%,"timestamp":1795000000.1,"level":6}"#,
    #"{"time":1795000000,"host":"h","source":"ccr","event":%}"#, #"{"event":%,"sourcetype":"_json","index":"main"}"#,
    #"{"event":{"line":%,"source":"stdout","tag":"1f2e"},"host":"h"}"#,
    #"{"preview":false,"offset":0,"result":{"_raw":%,"_time":"2026-11-24T10:00:00"}}"#,
    #"{"_index":"logs","_id":"1","_source":{"@timestamp":"2026-11-24T10:00:00Z","message":%}}"#,
    #"{"dt":"2026-11-24T10:00:00Z","message":%}"#,
    #"{"fly":{"app":{"name":"x"}},"host":"h","log":{"level":"info"},"message":%}"#,
  ])
  func aLineWithinAnObjectOfACollector(object: String) throws {
    let line = object.replacing("%", with: #""{\"a\":\"b {\"}\n""#)
    #expect(try unwrapped(line + "\n") == #"{"a":"b {"}"# + "\n")
  }

  /// Some collectors read a line that is an object, and write that.
  @Test(arguments: [
    #"{"insertId":"a1","jsonPayload":%,"timestamp":"2026-11-24T10:00:00.001Z","severity":"INFO"}"#,
    #"{"jsonPayload":%,"logName":"projects/p/logs/stdout"}"#,
    #"{"time":1795000000,"host":"h","source":"ccr","event":%}"#, #"{"event":%,"sourcetype":"_json"}"#,
    #"{"event":{"line":%,"source":"stdout","tag":"1f2e"},"host":"h"}"#, #"{"_index":"logs","_source": %}"#,
  ])
  func anObjectWithinAnObjectOfACollector(object: String) throws {
    #expect(try unwrapped(object.replacing("%", with: #"{"a":"b {","c":{}}"#) + "\n") == #"{"a":"b {","c":{}}"# + "\n")
  }

  /// fly.io leaves no blank.
  @Test func anObjectBehindABracket() throws {
    #expect(try unwrapped("2026-11-24T10:00:00Z app[e28655] iad [info]{\"a\":1}\n") == "{\"a\":1}\n")
  }
}
