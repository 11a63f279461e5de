import ArgumentParser
import Model

/// A word of a command line that names no command, or an option of every command that is misspelt.
struct CommandMistake {
  private var sentence: String
  /// The option, where it is one.
  private var option: String?

  /// The first mistake of a command line.
  /// - Parameter arguments: the command line without the program's name.
  static func first(in arguments: [String]) -> CommandMistake? {
    var commands = CCRAudit.configuration.subcommands
    let isHelp = arguments.first == "help"
    var path = isHelp ? "help " : ""
    for word in arguments.dropFirst(isHelp ? 1 : 0) {
      if commands.isEmpty { return nil }
      if word.hasPrefix("-") { return misspeltOption(word, path) }
      guard let command = commands.first(where: { $0.configuration.commandName == word }) else {
        return unknownCommand(word, path, commands.compactMap { $0.configuration.commandName })
      }
      commands = command.configuration.subcommands
      path += word + " "
    }
    return nil
  }

  private static func misspeltOption(_ word: String, _ path: String) -> CommandMistake? {
    guard let meant = nearest(to: word, in: ["--help", "--version"]).first, meant != word else { return nil }
    return CommandMistake(
      sentence: "there is no option `\(Display.text(word))`; did you mean `ccr-audit \(path)\(meant)`?", option: word)
  }

  private static func unknownCommand(_ word: String, _ path: String, _ commands: [String]) -> CommandMistake {
    let names = commands + (path.isEmpty ? ["help"] : [])
    let above = path.isEmpty || path == "help " ? "" : "of `ccr-audit \(path.dropLast())` "
    let cure =
      nearest(to: word, in: names).first.map { "did you mean `ccr-audit \(path)\($0)`?" }
      ?? "\(above)there \(names.count == 1 ? "is" : "are") \(names.joined(separator: ", "))"
    return CommandMistake(sentence: "there is no command `\(Display.text(word))`; \(cure)", option: nil)
  }

  /// What is said in place of ArgumentParser's first line, which knows no commands; `nil` where that is about something
  /// else.
  func message(inPlaceOf message: String) -> String? {
    let isError = message.hasPrefix("error: ")
    if let option, !message.hasPrefix("error: Unknown option '\(option)'\n") { return nil }
    return "error: \(sentence)" + (isError ? message.drop { $0 != "\n" } : "")
  }
}
