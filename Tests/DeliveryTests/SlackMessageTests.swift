import Commands
import Foundation
import Pricing
import Testing
import Model

@Suite struct SlackMessageTests {
  private func entry(_ model: String, provider: String = "minimax", text: String = "take it off") -> AlertMessage.Entry
  {
    AlertMessage.Entry(
      model: ModelID(provider: provider, model: model), ratio: "1.42", cost: Money(picodollars: 12_345_600_000_000),
      baselineCost: Money(picodollars: 8_690_000_000), requests: 120, covered: 118, weekTrend: text, action: text)
  }

  private func message(
    _ offenders: [AlertMessage.Entry], recovered: [AlertMessage.Entry] = [], isTest: Bool = false
  ) -> AlertMessage {
    AlertMessage(
      day: "2026-06-24", baselineName: "anthropic/claude-sonnet-4-6", baselineDate: "2026-03-13", offenders: offenders,
      recovered: recovered, isTest: isTest)
  }

  /// Parses the payload and holds it against Slack's documented limits.
  private func check(_ message: AlertMessage) throws -> (text: String, sections: [String]) {
    let json = SlackMessage(message).json
    let payload = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
    let text = try #require(payload["text"] as? String)
    #expect(!text.isEmpty && text.utf16.count <= 2000)
    let blocks = try #require(payload["blocks"] as? [[String: Any]])
    #expect((1...50).contains(blocks.count))
    #expect(json.utf8.count < 16_000)
    var sections: [String] = []
    for block in blocks {
      let object = try #require(block["text"] as? [String: Any])
      let text = try #require(object["text"] as? String)
      switch block["type"] as? String {
      case "header":
        #expect(object["type"] as? String == "plain_text")
        #expect((1...150).contains(text.utf16.count))
      case "section":
        #expect(object["type"] as? String == "mrkdwn")
        #expect(object["verbatim"] as? Bool == true)
        #expect((1...3000).contains(text.utf16.count))
        sections.append(text)
      default: Issue.record("an unknown block")
      }
      for part in [text, payload["text"] as? String ?? ""] {
        // Whatever begins a mention, a link or an entity is ours.
        #expect(!part.contains("<") && !part.contains(">"))
        #expect(
          part.unicodeScalars.allSatisfy { $0 == "\n" || ![.control, .format].contains($0.properties.generalCategory) })
      }
    }
    return (text, sections)
  }

  /// A model above a limit of one's own may well be cheaper than the baseline.
  @Test(arguments: [
    ("1", "dearer than anthropic/claude-sonnet-4-6"), ("0.5", "above 0.5× of anthropic/claude-sonnet-4-6"),
  ])
  func aLimitOtherThanOneIsNamed(limit: String, words: String) throws {
    var message = message([entry("MiniMax-M2.7"), entry("glm-5.2")])
    message.limit = limit
    let (text, sections) = try check(message)
    #expect(text.contains("2 models \(words)"), "\(text)")
    #expect(sections[0].contains("limit \(limit)"))
    #expect(text.contains("dearer") == (limit == "1"))
    message.offenders = []
    message.recovered = [entry("MiniMax-M2.7")]
    #expect(try check(message).text.contains("1 model no longer \(words)"))
  }

  @Test func saysAllThatMatters() throws {
    let (text, sections) = try check(message([entry("MiniMax-M2.7")]))
    #expect(
      sections[1] == """
        `minimax/MiniMax-M2.7` ratio *1.42*
        cost $12.35, the baseline would have cost $0.0087; 120 requests, 118 measured (98.3 %)
        week: take it off
        → take it off
        """)
    #expect(sections[0].contains("`anthropic/claude-sonnet-4-6`") && sections[0].contains("2026-03-13"))
    #expect(text.hasPrefix("ccr-audit 2026-06-24: 1 model dearer than anthropic/claude-sonnet-4-6\n"))
    for part in ["`minimax/MiniMax-M2.7`", "1.42", "$12.35", "$0.0087", "120", "98.3 %", "2026-03-13", "take it off"] {
      #expect(text.contains(part))
    }
  }

  @Test func isTheSameBytesEveryTime() {
    let value = message([entry("a"), entry("b")], recovered: [entry("c")])
    #expect(Set((0..<20).map { _ in SlackMessage(value).json }).count == 1)
    #expect(SlackMessage(value).json.hasPrefix(#"{"text":"#))
  }

  @Test func marksATest() throws {
    let (text, sections) = try check(message([], isTest: true))
    #expect(text.hasPrefix("TEST: "))
    #expect(sections[0].contains("only tests"))
  }

  @Test func tellsOfRecovery() throws {
    let (text, sections) = try check(message([], recovered: [entry("good")]))
    #expect(text.contains("1 model no longer dearer"))
    #expect(sections[1].contains("at or below the limit again"))
  }

  @Test func saysWhoseRecordsTheseAreAndWhereToReadOn() throws {
    var value = message([entry("m")])
    value.origin = "team`a<!channel>"
    value.reportURL = "https://reports.example/?a=1&b=<2>"
    let payload = try #require(
      try JSONSerialization.jsonObject(with: Data(SlackMessage(value).json.utf8)) as? [String: Any])
    let blocks = try #require(payload["blocks"] as? [[String: Any]])
    let last = try #require(blocks.last)
    #expect(last["type"] as? String == "context")
    let element = try #require((last["elements"] as? [[String: Any]])?.first)
    let text = try #require(element["text"] as? String)
    #expect(text.hasSuffix("report <https://reports.example/?a=1&amp;b=&lt;2&gt;>"))
    #expect(text.hasPrefix("origin `") && !text.contains("<!channel>"))
    #expect((payload["text"] as? String)?.contains("https://reports.example/") == true)
    // Neither is made up.
    #expect(!SlackMessage(message([entry("m")])).json.contains("context"))
  }

  @Test(arguments: [1, 20, 49, 50, 100, 5000]) func fitsAnyNumberOfModelsAndCountsTheRest(count: Int) throws {
    let (text, sections) = try check(message((0..<count).map { entry("model-\($0)") }))
    for whole in [text, sections.joined(separator: "\n")] {
      let shown = whole.matches(of: /`minimax\/model-\d+`/).count
      let more = whole.firstMatch(of: /and (\d+) more/).flatMap { Int($0.1) } ?? 0
      #expect(shown + more == count)
      #expect(shown >= min(count, 5))
    }
  }

  @Test(arguments: [
    "<!channel>", "<@U123|x>", "<https://evil.example|click>", "*bold* _it_ ~no~ `code`", "a`b``c",
    "x\ny\r\nz\u{85}\u{2028}",
    "\u{202E}evil\u{202C}", "\u{200B}\u{FEFF}\u{E0041}", "&lt;!here&gt;", "\u{0}\u{1B}[31m", "@everyone @here",
    "\u{1F468}\u{200D}\u{1F469}", #"\" "quoted""#, "", " ",
  ]) func neutralisesHostileText(text: String) throws {
    let (fallback, sections) = try check(message([entry(text, provider: text, text: text)]))
    for part in [fallback] + sections {
      #expect(part.filter { $0 == "`" }.count.isMultiple(of: 2))
      #expect(!part.contains("<!") && !part.contains("\r") && !part.contains("\u{2028}"))
      // Outside of code, nobody is mentioned.
      let spans = part.split(separator: "`", omittingEmptySubsequences: false).enumerated()
      #expect(spans.allSatisfy { !$0.offset.isMultiple(of: 2) || !$0.element.contains("@") })
    }
    // A model is three or four lines, whatever its name holds.
    #expect(sections[1].split(separator: "\n").count <= 4)
  }

  @Test func holdsTheLimitsForRandomText() throws {
    var random = SeededGenerator(state: 7)
    let alphabet = Array("ab &<>`*_~@\"\\\n\u{7}\u{202E}é漢👩‍👩‍👧e\u{301}")
    for _ in 0..<100 {
      let text = { (maximum: Int) in
        String((0..<Int.random(in: 0...maximum, using: &random)).map { _ in alphabet.randomElement(using: &random)! })
      }
      let entries = (0..<Int.random(in: 0...60, using: &random)).map { _ in
        entry(text(300), provider: text(30), text: text(1000))
      }
      var value = message(entries)
      value.baselineName = text(500)
      value.day = text(50)
      _ = try check(value)
    }
  }

  @Test func survivesAnEndlessCharacter() throws {
    _ = try check(message([entry("a" + String(repeating: "\u{301}", count: 50_000))]))
  }
}
