import Foundation
import Model
import Pricing

/// A configuration file for people to edit: what was answered, and every other key as a comment.
enum ConfigurationText {
  /// - Parameters:
  ///   - answers: values by the name of their key.
  ///   - subscriptions: the plans that are paid.
  static func text(_ answers: [String: String], subscriptions: [Subscription] = []) -> String {
    var values = answers.mapValues(quoted)
    if !subscriptions.isEmpty {
      values["subscriptions"] = "[" + subscriptions.map(\.description).joined(separator: ", ") + "]"
    }
    var text = """
      # ccr-audit's configuration. A key that is missing has its default;
      # `ccr-audit config show` shows all values and where each comes from,
      # `ccr-audit schema config` is a schema for editors.

      """
    for section in sections() {
      text += "\n"
      let isSet = section.keys.contains { values[$0.name] != nil }
      if let name = section.name { text += (isSet ? "" : "# ") + "\(name):\n" }
      for key in section.keys {
        let indent = section.name == nil ? "" : "  "
        let name = key.name.split(separator: ".").last.map(String.init) ?? key.name
        text += key.help.wrapped(to: 80, indent: indent + "# ", hanging: indent + "# ").map { $0 + "\n" }.joined()
        text += values[key.name].map { "\(indent)\(name): \($0)\n" } ?? "\(indent)# \(name):\n"
      }
    }
    return text
  }

  /// The keys by the level above them, in the order of `config show`; those of the first level stand alone.
  private static func sections() -> [(name: String?, keys: [SettingKey])] {
    var sections: [(name: String?, keys: [SettingKey])] = []
    for key in SettingKey.all {
      let parts = key.name.split(separator: ".")
      let name = parts.count > 1 ? parts.dropLast().joined(separator: ".") : nil
      if let name, let index = sections.firstIndex(where: { $0.name == name }) {
        sections[index].keys.append(key)
      } else {
        sections.append((name, [key]))
      }
    }
    return sections
  }

  /// Text between double quotes, as YAML reads JSON's strings.
  private static func quoted(_ text: String) -> String { JSONText.string(text).line }
}
