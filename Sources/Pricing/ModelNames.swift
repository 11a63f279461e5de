import Foundation
import Model

/// Which spellings of a name are the same model.
///
/// A name is looked up as it stands first, where case does not matter and a point between two digits equals a dash
/// (`4.6`, `4-6`), and then with ever more left out of it that says nothing of the price:
/// - a bracketed variant of the client (`[1m]`), which is the same model with a longer prompt;
/// - a variant that only thinks, or only names the newest (`:thinking`, `:latest`, `-latest`, `@default`), or at OpenRouter
///   only says how to choose among its upstreams or to search the web first (`:nitro`, `:floor`, `:exacto`, `:online`):
///   https://openrouter.ai/docs/guides/routing/model-variants/overview says that such a model's price is the base model's;
/// - a version of Bedrock's (`-v1:0`), its region (`us.`), its vendor (`anthropic.`), and the path of its ARN;
/// - the date of a snapshot (`-20250929`, `@20250929`, `-2025-09-29`, `-250929`);
/// - what stands before a slash: the provider's own name, a maker (`zai-org/GLM-4.6`), a folder (`models/…`).
///
/// What is left has to be a whole name of the table at the same provider: nothing is ever guessed by substring, so no
/// name ever takes the price of a smaller or larger sibling. Any other suffix after a colon (`:free`, `:cloud`,
/// `:480b`) is part of the name: it is often another price.
enum ModelNames {
  /// The spellings to look for, the most exact first, each folded.
  /// - Parameter provider: the names of the provider, lower case.
  static func candidates(_ model: String, provider: Set<String>) -> [String] {
    let rules: [(String) -> String?] = [
      { name in name.hasSuffix("]") ? name.lastIndex(of: "[").map { String(name[..<$0]) } : nil },
      { name in name.hasPrefix("arn:") ? name.lastIndex(of: "/").map { String(name[name.index(after: $0)...]) } : nil },
      { name in
        name.firstIndex(of: "/").flatMap {
          provider.contains(name[..<$0].lowercased()) ? String(name[name.index(after: $0)...]) : nil
        }
      },
      { name in without(newest, name) },
      { name in provider.contains("openrouter") ? without(routing, name) : nil },
      withoutBedrockVersion, withoutRegion, withoutDate,
    ]
    var found = [model]
    for rule in rules {
      for name in found {
        if let shorter = rule(name), !shorter.isEmpty, !found.contains(shorter) { found.append(shorter) }
      }
    }
    return found.map(folded)
  }

  /// A name's last part, without a maker before a slash or, at Bedrock, a point; folded. Two models of a provider that
  /// have the same one may be told apart by nothing else.
  static func bare(_ folded: String) -> String {
    let last = folded.lastIndex(of: "/").map { String(folded[folded.index(after: $0)...]) } ?? folded
    let name = withoutRegion(withoutBedrockVersion(last) ?? last) ?? withoutBedrockVersion(last) ?? last
    guard let point = name.firstIndex(of: "."), name[..<point].allSatisfy(\.isLetter) else { return name }
    return String(name[name.index(after: point)...])
  }

  private static let newest = [":thinking", ":latest", "-latest", "@default", "@latest"]
  private static let routing = [":nitro", ":floor", ":exacto", ":online"]
  private static let regions = ["us", "eu", "apac", "global", "au", "jp", "ca", "sa", "us-gov"]

  private static func without(_ endings: [String], _ name: String) -> String? {
    endings.first { name.count > $0.count && name.lowercased().hasSuffix($0) }.map { String(name.dropLast($0.count)) }
  }

  private static func withoutBedrockVersion(_ name: String) -> String? {
    guard let colon = name.lastIndex(of: ":"), name[name.index(after: colon)...].allSatisfy(\.isNumber),
      let version = name[..<colon].range(of: "-v", options: .backwards),
      version.upperBound < colon, name[version.upperBound..<colon].allSatisfy(\.isNumber)
    else { return nil }
    return String(name[..<version.lowerBound])
  }

  private static func withoutRegion(_ name: String) -> String? {
    guard let point = name.firstIndex(of: "."), regions.contains(name[..<point].lowercased()) else { return nil }
    return String(name[name.index(after: point)...])
  }

  /// The model's own name, folded, without what stands before it and a slash.
  static func own(_ model: String) -> String { folded(String(model.split(separator: "/").last ?? "")) }

  /// Lower case, with a dash for a point between two digits.
  static func folded(_ model: String) -> String {
    var bytes = Array(model.lowercased().utf8)
    func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
    for index in bytes.indices.dropFirst().dropLast()
    where bytes[index] == UInt8(ascii: ".") && isDigit(bytes[index - 1]) && isDigit(bytes[index + 1]) {
      bytes[index] = UInt8(ascii: "-")
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// The name before the date of a snapshot at its end; `nil` where no date of the calendar stands there.
  private static func withoutDate(_ model: String) -> String? {
    for (length, century) in [(8, ""), (10, ""), (6, "20")] {
      let name = model.dropLast(length)
      guard let separator = name.last, separator == "-" || (separator == "@" && length == 8), name.count > 1 else {
        continue
      }
      let digits = century + model.suffix(length)
      let date =
        length == 10 ? digits : "\(digits.prefix(4))-\(digits.dropFirst(4).prefix(2))-\(digits.suffix(2))"
      if CivilDay(date) != nil { return String(name.dropLast()) }
    }
    return nil
  }
}
