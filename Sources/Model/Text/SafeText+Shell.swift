/// For a shell.
extension SafeText {
  /// A word of a command line: quoted where a shell would take some of it for more than text.
  package static func shellWord(_ text: String) -> String {
    isPlainWord(text) ? text : "'\(escaping(text) { $0 == "'" ? "'\\''" : nil })'"
  }

  /// Whether shells, crontabs and unit files take a text as it stands.
  package static func isPlainWord(_ text: String) -> Bool {
    !text.isEmpty
      && text.utf8.allSatisfy { byte in
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
          || "/._-+=:,@".utf8.contains(byte)
      }
  }
}
