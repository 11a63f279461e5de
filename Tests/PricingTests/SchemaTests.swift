import Foundation
import TestSupport
import Testing

@testable import Pricing

/// The schema and the reader agree.
struct SchemaTests {
  private static let schema = SchemaCheck(PricingSchema.text)

  /// What a schema of one file cannot say: order, what several entries or files say together, and what YAML has read
  /// before anybody sees how it was written. The reader refuses it all the same.
  private static let beyondASchema: Set<String> = [
    // Together with other entries.
    "no prices", "duplicate dates", "unsorted dates", "an end first", "tiers not ascending", "windows overlap",
    "fees unsorted", "a correction without its date", "a currency that nobody knows", "a rate for later only",
    "a fee in a currency without a rate", "a currency twice", "rates of a currency unsorted",
    "a model twice in a plan", "a mode twice", "duplicate models", "duplicate alias", "an alias twice", "alias cycle",
    "provider alias of itself", "a plan of half a name", "an alias of nothing", "a subscription that ends first",
  ]

  /// A model has to be unlike its own provider and the like; here is one of everything that a file can hold.
  private static let whole = """
    provider: p
    aliases: [pp]
    hosts: [api.example.com]
    free_suffixes: [":free"]
    models:
      - model: m
        aliases: [mm]
        billing: per_token
        baseline_token_factor: "1.08"
        modifiers:
          fast: "2"
          us: "1.1"
          batch: "0.5"
          priority: "1.5"
          flex: "0.5"
        fees:
          web_search: "0.01"
        prices:
          - from: 2026-01-01
            input: "1"
            output: "2"
            cache_read: "0.1"
            cache_write_5m: "1.25"
            cache_write_1h: "2"
            tiers:
              - above_input_tokens: 200000
                input: "2"
                output: "4"
                cache_read: "0.2"
                cache_write_5m: "2.5"
                cache_write_1h: "4"
            modifiers:
              fast: "3"
            source: https://example.com
            verified: 2026-06-24
          - from: 2026-02-01T16:00Z
            recorded: 2026-02-02
            input: "1"
            output: "2"
            windows:
              - utc: "22:00-02:00"
                days: mon-fri
                input: "2"
                output: "4"
                cache_read: "0.2"
                cache_write_5m: "2.5"
                cache_write_1h: "4"
            currency: EUR
            source: https://example.com
            verified: 2026-06-24
          - from: 2026-03-01
            recorded: 2026-03-01
            ends: true
            source: https://example.com
            imported:
              from: a-list
              version: "1"
              on: 2026-06-24
      - model: newest
        succession:
          - from: 2026-01-01
            model: m
    plans:
      - plan: a
        kind: subscription
        models: ["q/*"]
        billing_day: 31
        excluded_modes: [fast, us]
        fees:
          - from: 2026-01-01
            recorded: 2026-01-02
            monthly: "20"
            seats: 2
            included_tokens: 1000000
            overage_per_million: "3"
            currency: EUR
            source: https://example.com
            verified: 2026-06-24
          - from: 2026-02-01
            annual: "200"
            source: https://example.com
            verified: 2026-06-24
          - from: 2026-03-01
            recorded: 2026-03-01
            ends: true
            source: https://example.com
            verified: 2026-06-24
      - plan: b
        kind: self_hosted
        models: [x]
        fees:
          - from: 2026-01-01
            recorded: 2026-01-02
            hardware: "4699"
            amortisation_months: 36
            watts: 240
            utilisation_hours_per_day: "12.5"
            tariff_per_kwh: "0.15"
            other_monthly: "1"
            tokens_per_second: 100
            currency: EUR
            source: https://example.com
            verified: 2026-06-24
    subscriptions:
      - plan: a
        from: 2026-01-01
        until: 2026-01-31
        seats: 2
        fee: "18"
    currencies:
      - currency: EUR
        rates:
          - from: 2026-01-01
            usd: "1.10"
            source: https://example.com
            verified: 2026-06-24
    """

  private func errors(_ text: String) -> [Diagnostic] {
    do {
      _ = try PriceTable.load(files: [PricingFile(name: "f.yaml", text: text)])
      return []
    } catch PricingError.invalid(let findings) {
      return findings.filter { $0.severity == .error }
    } catch {
      return [Diagnostic(severity: .error, file: "", line: 0, column: 0, message: "\(error)")]
    }
  }

  @Test func thePublishedFileIsTheSchema() throws {
    let file = repository.appending(path: "docs/schema/pricing.schema.json")
    #expect(try String(contentsOf: file, encoding: .utf8) == PricingSchema.text)
  }

  @Test func eachMappingOfTheSchemaHasTheKeysThatTheReaderKnows() throws {
    let root = try #require(try JSONSerialization.jsonObject(with: Data(PricingSchema.text.utf8)) as? [String: Any])
    let definitions = try #require(root["$defs"] as? [String: [String: Any]])
    var schemas = definitions.values.compactMap { ($0["properties"] ?? ($0["else"] as? [String: Any])?["properties"]) }
    schemas.append(try #require(root["properties"]))
    let ofSchema = Set(try schemas.map { Set(try #require($0 as? [String: Any]).keys) })
    // The reader itself says which keys it knows, wherever it meets one that it does not.
    let lines = Self.whole.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    var ofReader: Set<Set<String>> = []
    for (index, line) in lines.enumerated() where line.contains(":") {
      let margin = line.prefix { " -".contains($0) }.count
      var changed = lines
      changed.insert(String(repeating: " ", count: margin) + "zzzzzzzzzzzzzzzzzzzzz: 1", at: index + 1)
      for finding in errors(changed.joined(separator: "\n")) {
        guard let list = finding.message.firstRange(of: "known are ") else { continue }
        ofReader.insert(Set(finding.message[list.upperBound...].split(separator: ", ").map(String.init)))
      }
    }
    #expect(ofReader.count == 16)
    #expect(ofReader == ofSchema)
  }

  @Test(.enabled(if: SchemaCheck.isAvailable, Comment(rawValue: SchemaCheck.missing)))
  func shippedFilesAndOneOfEverythingAreFine() throws {
    #expect(errors(Self.whole).isEmpty)
    let oracles = try ["litellm", "genai-prices"].map {
      try String(
        contentsOf: repository.appending(path: "Tests/PricingTests/Oracles/\($0).yaml"), encoding: .utf8)
    }
    // The larger ones are written by a program, all in one form.
    let texts = try shippedFiles().map(\.text).filter { $0.utf8.count < 20_000 } + oracles + [Self.whole]
    let complaints = try Self.schema.complaints(about: texts)
    for (text, complaint) in zip(texts, complaints) { #expect(complaint == "", "\(text.prefix(40))") }
  }

  @Test(.enabled(if: SchemaCheck.isAvailable, Comment(rawValue: SchemaCheck.missing)))
  func refusesWhatTheReaderRefuses() throws {
    let complaints = try Self.schema.complaints(
      about: RefusalTests.cases.map { PricingFile(name: "", text: $0.1).formatted })
    let accepted = zip(RefusalTests.cases, complaints).filter { $1 == "" }.map(\.0.0)
    #expect(Set(accepted) == Self.beyondASchema)
    #expect(complaints.count { $0 != nil && $0 != "" } > 50)
  }

  /// Files with one thing changed: the schema never refuses what the reader takes, and takes nothing that the reader
  /// refuses for its keys or values.
  @Test(.enabled(if: SchemaCheck.isAvailable, Comment(rawValue: SchemaCheck.missing)))
  func agreesOnFilesWithOneThingChanged() throws {
    let lines = Self.whole.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    var texts: [String] = []
    func add(_ index: Int, _ line: String?) {
      var changed = lines
      if let line { changed[index] = line } else { changed.remove(at: index) }
      texts.append(changed.joined(separator: "\n"))
    }
    let words = [
      "", "x", "-1", "1e3", "0", "0.0000001", "99999999999", "2026-02-30", "2026-01-01", "2026-01-01T25:00Z", "a/b",
      "01:00-01:00", "01:00-25:00", "23:00-24:00", "sun,mon", "monday", "\\a", "free", "USD", ":x", "4.5", "100.1",
    ]
    for (index, line) in lines.enumerated() {
      if !line.contains("- ") { add(index, nil) }
      guard let colon = line.firstRange(of: ": ") else { continue }
      let (key, value) = (line[..<colon.upperBound], line[colon.upperBound...])
      let values =
        switch value {
        case "true": ["false", "[]", "{}"]
        case _ where value.hasPrefix("["): ["[]", "[[]]", "x", "[\"\"]", "{}"]
        case _ where Int(value) != nil: ["0", "-1", "99999999999999999999", "1.5", "[1]", "~"]
        default: words.map { "\"\($0)\"" } + ["[x]", "{}", "~"]
        }
      for value in values { add(index, key + value) }
      add(index, line.replacing(": ", with: "s: "))
    }
    let structural = #/no such key|needs this key|is not|has no value|must be|list is empty|control character|not both/#
    // Told by comparing entries, in words like those above.
    let relation = "is not above the tier before"
    var random = SeededGenerator(seed: 7)
    texts = Array(texts.shuffled(using: &random).prefix(300))
    var refused = 0
    for (text, complaint) in zip(texts, try Self.schema.complaints(about: texts)) {
      guard let complaint else { continue }
      let found = errors(text)
      if !complaint.isEmpty {
        refused += 1
        #expect(!found.isEmpty, "only the schema refuses: \(complaint)")
      } else {
        let structural = found.filter {
          $0.message.firstMatch(of: structural) != nil && !$0.message.contains(relation)
        }
        #expect(structural.isEmpty, "only the reader refuses: \(structural)")
      }
    }
    #expect(texts.count == 300)
    #expect(refused > 180)
  }

  @Test(arguments: [
    ("01:00-04:00", "mon-fri", "mon-fri 01:00-04:00Z"), ("22:00-02:00", "sun", "sun 22:00-02:00Z"),
    ("22:00-24:00", "mon-sun", "daily 22:00-24:00Z"), ("06:30-06:00", "sat,sun", "sat,sun 06:30-06:00Z"),
    ("00:00-24:00", "fri-mon", "mon,fri-sun 00:00-24:00Z"),
  ])
  func windowsAreWrittenAsPeopleWriteThem(utc: String, days: String, words: String) throws {
    func window(_ utc: String, _ days: String) throws -> PriceWindow {
      let rates = try rates("1", "1")
      let minutes = Times.week(try #require(Times.span(utc)), on: try #require(Times.weekdays(days)))
      return PriceWindow(minutes: minutes, rates: rates)
    }
    let written = try window(utc, days)
    #expect(written.words == words)
    // And read again they are the same.
    let parts = words.dropLast().split(separator: " ")
    let again = parts[0] == "daily" ? "mon-sun" : String(parts[0])
    #expect(try window(String(parts[1]), again).minutes == written.minutes)
  }
}
