"""What the dashboard's generator is made of: each module one part of Grafana's JSON."""
