public enum AuditCommands {}
